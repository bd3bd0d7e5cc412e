import type { NewEvent } from "../state/event.ts";
import type { StageKey } from "../state/ids.ts";
import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import type { StageStatus } from "../state/stage.ts";

/** A plan with what it does not use left out; its records carry its id as evidence. */
export const draft = (parts: Partial<CommitPlan> & { readonly commitId: string }): CommitPlan => ({
  guards: [],
  events: [],
  intents: [],
  dispatch: [],
  ...parts,
  writes: (parts.writes ?? []).map((write) => stamped(write, parts.commitId)),
});

function stamped(write: Write, commitId: string): Write {
  if (write.op !== "insert") return write;
  if (write.table === "steps") return { ...write, row: { ...write.row, commitId } };
  if (write.table === "attempts") return { ...write, row: { ...write.row, commitId } };
  return write;
}

type EventParts = Pick<NewEvent, "runId" | "type"> & Partial<NewEvent>;

/** An event about a run, or about a stage when `stage` is given. */
export const newEvent = ({ stage, ...parts }: EventParts & { stage?: StageKey }): NewEvent => ({
  stageId: stage?.stageId ?? null,
  mapIndex: stage?.mapIndex ?? null,
  generation: stage?.generation ?? null,
  data: {},
  actor: null,
  ...parts,
});

/** `since`: the run's rev as the decision knew it. */
export const liveGuard = (
  runId: string,
  { since, inbox }: { readonly since?: number | undefined; readonly inbox?: number } = {},
): Guard => ({
  kind: "live",
  runId,
  ...(inbox === undefined ? {} : { inbox }),
  ...(since === undefined ? {} : { since }),
});

export const stageGuard = (key: StageKey, fence: number, status: StageStatus): Guard => ({
  kind: "stage",
  key,
  fence,
  status,
});

/** A decision that a command can't be carried out as things stand. */
export interface Rejection {
  readonly rejected: "terminal" | "state" | "missing" | "live";
  readonly message: string;
}

export const reject = (rejected: Rejection["rejected"], message: string): Rejection => ({
  rejected,
  message,
});

export const isRejection = (decision: object): decision is Rejection => "rejected" in decision;

/** Nothing to do: what was asked for holds already. */
export const SETTLED: unique symbol = Symbol("settled");

export type Decision = CommitPlan | Rejection | typeof SETTLED;

export const updateStage = (
  key: StageKey,
  set: Extract<Write, { op: "update"; table: "stages" }>["set"],
): Write => ({ op: "update", table: "stages", key, set });

/** An execution that came to an end of its own did not take its process with it. */
export const UNSUSPECTED = { suspect: false, losses: 0, lossesCounted: 0 } as const;
