import type { EventType, NewEvent } from "../state/event.ts";
import type { Failure } from "../state/failure.ts";
import { stageKeyOf } from "../state/ids.ts";
import type { PackedPayload } from "../state/payload.ts";
import type { Write } from "../state/plan.ts";
import type { RunFacts, RunOutcome } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isOpenStage, type StageFacts } from "../state/stage.ts";
import { fromDbNow } from "../state/time.ts";
import type { WaitRow } from "../state/wait.ts";
import { newEvent, updateStage } from "./draft.ts";

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

/**
 * Ends a run for good: its row, every stage still open (their fences rise, so that nothing of
 * them can be recorded afterwards), every open wait and every dispatch row.
 */
export function endRun(
  { run, stages, waits }: Pick<Snapshot, "run" | "stages" | "waits">,
  ending: RunEnding,
): { readonly writes: readonly Write[]; readonly event: NewEvent } {
  const open = stages.filter((stage) => isOpenStage(stage.status));
  return {
    writes: [runUpdate(run, ending), ...open.map(cancelStage), ...closeWaits(waits)],
    event: newEvent({
      runId: run.id,
      type: EVENT_OF[ending.outcome],
      actor: ending.actor ?? null,
      data: {
        cancels: open.map((stage) => [stage.stageId, stage.mapIndex, stage.generation]),
        ...(ending.reason ? { reason: ending.reason } : {}),
        ...(ending.failure ? { failure: ending.failure } : {}),
      },
    }),
  };
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

const cancelStage = (stage: StageFacts): Write =>
  updateStage(stageKeyOf(stage), {
    status: "cancelled",
    fence: stage.fence + 1,
    held: false,
    holdReason: null,
    wakeAt: null,
    session: null,
    sessionEpoch: null,
    endedAt: fromDbNow(),
  });

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
