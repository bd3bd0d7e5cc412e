import { stageKeyOf } from "../state/ids.ts";
import type { StageFacts } from "../state/stage.ts";
import { type EpochMs, fromDbNow } from "../state/time.ts";
import { dispatchRow } from "./dispatch-rows.ts";
import { type Decision, draft, liveGuard, SETTLED, stageGuard, updateStage } from "./draft.ts";

const REDISPATCH_MS_MAX = 600_000;

export interface Redispatch {
  readonly commitId: string;
  readonly maxDelayMs: number;
  /** The first wait. */
  readonly redispatchMs: number;
  readonly dbNow: EpochMs;
}

/**
 * Dispatches a ready stage once more. The wait for the next time doubles: it is as long as the
 * stage could have been claimed so far, and the first wait; at most 10 minutes.
 */
export function decideRedispatchStage(stage: StageFacts, again: Redispatch): Decision {
  if (stage.status !== "ready" || stage.held) return SETTLED;
  const waitedMs = Math.max(0, again.dbNow - stage.availableAt);
  const { redispatchMs } = again;
  const waitMs = Math.min(redispatchMs + waitedMs, REDISPATCH_MS_MAX);
  const key = stageKeyOf(stage);
  return draft({
    commitId: again.commitId,
    guards: [liveGuard(stage.runId), stageGuard(key, stage.fence, "ready")],
    writes: [updateStage(key, { dispatchedAt: fromDbNow(waitMs - redispatchMs) })],
    dispatch: [dispatchRow(stage, again.maxDelayMs)],
  });
}
