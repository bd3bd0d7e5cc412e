import type { EventType, NewEvent } from "../state/event.ts";
import type { Failure } from "../state/failure.ts";
import { type StageKey, stageKeyOf } from "../state/ids.ts";
import type { PackedPayload } from "../state/payload.ts";
import type { Write } from "../state/plan.ts";
import type { RunFacts, RunOutcome } from "../state/run.ts";
import { isSetWrite } from "../state/set-wise.ts";
import { OPEN_STAGE_STATUSES, type StageFacts } from "../state/stage.ts";
import { fromDbNow } from "../state/time.ts";
import type { WaitRow } from "../state/wait.ts";
import { newEvent } from "./draft.ts";

export interface RunEnding {
  readonly outcome: RunOutcome;
  readonly output?: PackedPayload | null;
  readonly failure?: Failure | null;
  readonly actor?: string | null;
  readonly reason?: string | null;
}

const EVENT_OF: Readonly<Record<RunOutcome, EventType>> = {
  completed: "run.completed",
  failed: "run.failed",
  cancelled: "run.cancelled",
};

/** What a decision knows of the other stages of the run that it ends. */
export interface StagesLeft {
  /** False when no stage is open beside those that the same commit ends. */
  readonly open: boolean;
  /** Writes of stages by key that go into the same commit. */
  readonly besides?: readonly Write[];
}

/**
 * Ends a run for good: its row, every stage still open (their fences rise, so that nothing of
 * them can be recorded afterwards) and their waits, by as many writes for many as for one. That
 * the open stages are cancelled follows from the event.
 */
export function endRun(
  run: RunFacts,
  ending: RunEnding,
  { open, besides = [] }: StagesLeft,
): { readonly writes: readonly Write[]; readonly event: NewEvent } {
  const except = besides.flatMap(stageWritten);
  return {
    writes: [runUpdate(run, ending), ...(open ? endStages(run.id, except) : [])],
    event: newEvent({
      runId: run.id,
      type: EVENT_OF[ending.outcome],
      actor: ending.actor ?? null,
      data: {
        ...(ending.reason ? { reason: ending.reason } : {}),
        ...(ending.failure ? { failure: ending.failure } : {}),
      },
    }),
  };
}

function stageWritten(write: Write): StageKey[] {
  if (isSetWrite(write) || write.table !== "stages") return [];
  return [stageKeyOf((write.op === "insert" ? write.row : write.key) as StageKey)];
}

function runUpdate(run: RunFacts, ending: RunEnding): Write {
  return {
    op: "update",
    table: "runs",
    key: { id: run.id },
    set: {
      status: ending.outcome,
      outcome: ending.outcome,
      endedAt: fromDbNow(),
      ...(ending.output === undefined ? {} : { output: ending.output }),
      ...(ending.failure === undefined ? {} : { failure: ending.failure }),
      ...(ending.actor === undefined ? {} : { actor: ending.actor }),
      ...(ending.reason === undefined ? {} : { reason: ending.reason }),
    },
  };
}

/** Only open stages have open waits. */
const endStages = (runId: string, except: readonly StageKey[]): Write[] => [
  {
    op: "updateStages",
    runId,
    where: { status: OPEN_STAGE_STATUSES },
    except,
    set: {
      status: "cancelled",
      held: false,
      holdReason: null,
      wakeAt: null,
      session: null,
      sessionEpoch: null,
      endedAt: fromDbNow(),
    },
    raiseFence: true,
  },
  { op: "closeWaits", runId, except },
];

/** Waits that nothing will answer any more. */
export const closeWaits = (waits: readonly WaitRow[]): Write[] =>
  waits
    .filter((wait) => wait.outcome === null)
    .map((wait) => ({
      op: "update",
      table: "waits",
      key: { ...stageKeyOf(wait), key: wait.key, occurrence: wait.occurrence },
      set: { outcome: "closed", resolvedAt: fromDbNow() },
    }));

/** Failure of the stage that failed first, in whatever order the rows come. */
export function firstFailure(stages: readonly StageFacts[]): Failure | null {
  const failed = stages.filter((stage) => stage.status === "failed");
  const [first] = failed.toSorted(
    (a, b) => Number(a.endedAt) - Number(b.endedAt) || (a.stageId < b.stageId ? -1 : 1),
  );
  return first?.failure ?? null;
}
