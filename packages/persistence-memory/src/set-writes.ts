import type {
  Row,
  SetWrite,
  StageKey,
  StageRow,
  StagesWrite,
  WaitRow,
  WaitsClosing,
} from "@pawl/kernel/ports";
import { storedColumns } from "./columns.ts";
import { groupRows, keyText, putRow, type Tables } from "./tables.ts";

/** What set-wise writes are made of; a mutant of the tests replaces one. */
export interface SetWriteParts {
  readonly matches: (stage: StageRow, where: StagesWrite["where"]) => boolean;
  readonly excepted: (key: StageKey, set: SetWrite) => boolean;
  readonly fence: (stage: StageRow, set: StagesWrite) => number;
  readonly closes: (wait: WaitRow) => boolean;
}

export const setWriteParts: SetWriteParts = {
  matches: (stage, { status, held, holdReason }) =>
    !stage.superseded &&
    (status === undefined || status.includes(stage.status)) &&
    (held === undefined || held === stage.held) &&
    (holdReason === undefined || holdReason === stage.holdReason),
  excepted: (key, { except = [] }) =>
    except.some((one) => keyText("stages", one) === keyText("stages", key)),
  fence: ({ fence }, { raiseFence }) => (raiseFence ? fence + 1 : fence),
  closes: ({ outcome }) => outcome === null,
};

/** Changes every stage row of the run that matches. */
export const updateStages =
  (parts: SetWriteParts) =>
  (tables: Tables, write: StagesWrite, dbNow: number): undefined => {
    const changes = storedColumns<"stages">("stages", write.set, dbNow);
    for (const stage of groupRows(tables, "stages", { runId: write.runId })) {
      if (!parts.matches(stage, write.where) || parts.excepted(stage, write)) continue;
      const after: Row<"stages"> = { ...stage, ...changes, fence: parts.fence(stage, write) };
      putRow(tables, "stages", after);
    }
    return undefined;
  };

/** Closes every open wait of the run. */
export const closeWaits =
  (parts: SetWriteParts) =>
  (tables: Tables, write: WaitsClosing, dbNow: number): undefined => {
    for (const wait of groupRows(tables, "waits", { runId: write.runId })) {
      if (!parts.closes(wait) || parts.excepted(wait, write)) continue;
      putRow(tables, "waits", { ...wait, outcome: "closed", resolvedAt: dbNow });
    }
    return undefined;
  };
