import { stageKeyOf } from "../state/ids.ts";
import type { StageFacts } from "../state/stage.ts";
import { type EpochMs, fromDbNow } from "../state/time.ts";
import { dispatchRow } from "./dispatch-rows.ts";
import { type Decision, draft, liveGuard, SETTLED, stageGuard, updateStage } from "./draft.ts";

/** A ready stage that nobody has claimed this long after its dispatch is dispatched again. */
export const REDISPATCH_MS = 30_000;
const REDISPATCH_MS_MAX = 600_000;

export interface Redispatch {
  readonly commitId: string;
  readonly maxDelayMs: number;
  readonly dbNow: EpochMs;
}

/**
 * Dispatches a ready stage once more. The wait for the next time doubles: it is as long as the
 * stage could have been claimed so far, and 30 s; at most 10 minutes.
 */
export function decideRedispatchStage(stage: StageFacts, again: Redispatch): Decision {
  if (stage.status !== "ready" || stage.held) return SETTLED;
  const waitedMs = Math.max(0, again.dbNow - stage.availableAt);
  const waitMs = Math.min(REDISPATCH_MS + waitedMs, REDISPATCH_MS_MAX);
  const key = stageKeyOf(stage);
  return draft({
    commitId: again.commitId,
    guards: [liveGuard(stage.runId), stageGuard(key, stage.fence, "ready")],
    writes: [updateStage(key, { dispatchedAt: fromDbNow(waitMs - REDISPATCH_MS) })],
    dispatch: [dispatchRow(stage, again.maxDelayMs)],
  });
}
