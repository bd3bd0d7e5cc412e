import { stageKeyOf } from "../state/ids.ts";
import type { RunFacts } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { type EpochMs, fromDbNow, type TimeValue } from "../state/time.ts";
import { type Decision, draft, newEvent, SETTLED, updateStage } from "./draft.ts";

export interface StartRun {
  readonly commitId: string;
  readonly ageingMs: number;
}

/** Starts a pending run whose time has come. */
export function decideStartRun({ run, stages, dbNow }: Snapshot, start: StartRun): Decision {
  if (run.status !== "pending" || run.startAt === null || run.startAt > dbNow) return SETTLED;
  const roots = stages.filter((stage) => stage.status === "blocked" && stage.joinPending === 0);
  return draft({
    commitId: start.commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }],
    writes: [
      {
        op: "update",
        table: "runs",
        key: { id: run.id },
        set: { status: "running", deadline: counted(run, run.deadline) },
      },
      ...roots.map((stage) =>
        updateStage(stageKeyOf(stage), {
          status: "ready",
          startDeadline: counted(run, stage.startDeadline),
          availableAt: fromDbNow(),
          claimRank: fromDbNow(-stage.priority * start.ageingMs),
        }),
      ),
    ],
    events: [
      newEvent({
        runId: run.id,
        type: "run.started",
        data: { opens: roots.map((stage) => stage.stageId) },
      }),
    ],
  });
}

/** Limits were set from `startAt`; they count from the start itself, however late it comes. */
const counted = ({ startAt }: RunFacts, limit: EpochMs | null): TimeValue | null =>
  limit === null || startAt === null ? limit : fromDbNow(limit - startAt);
