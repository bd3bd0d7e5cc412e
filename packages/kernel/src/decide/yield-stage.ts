import type { StageKey } from "../state/ids.ts";
import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import { fromDbNow } from "../state/time.ts";
import { draft, stageGuard, updateStage } from "./draft.ts";

export interface YieldStage {
  readonly commitId: string;
  readonly stage: StageKey;
  readonly fence: number;
  readonly riders: readonly Write[];
  readonly riderGuards: readonly Guard[];
}

/** Gives a stage back as it is, due now: paused, drained, or out of its host's budget. */
export const decideYieldStage = (input: YieldStage): CommitPlan =>
  draft({
    commitId: input.commitId,
    guards: [stageGuard(input.stage, input.fence, "running"), ...input.riderGuards],
    writes: [
      updateStage(input.stage, {
        status: "ready",
        availableAt: fromDbNow(),
        session: null,
        sessionEpoch: null,
      }),
      ...input.riders,
    ],
  });
