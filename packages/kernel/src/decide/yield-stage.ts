import type { StageKey } from "../state/ids.ts";
import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import { fromDbNow } from "../state/time.ts";
import { draft, stageGuard, UNSUSPECTED, updateStage } from "./draft.ts";

export interface YieldStage {
  readonly commitId: string;
  readonly stage: StageKey;
  readonly fence: number;
  /** Default 0: due now. */
  readonly delayMs?: number;
  /** Something was recorded since its last loss: it is not suspect any more. */
  readonly progressed?: boolean;
  readonly riders?: readonly Write[];
  readonly riderGuards?: readonly Guard[];
}

/** Gives a stage back as it is: paused, drained, or without something that it needs. */
export const decideYieldStage = (input: YieldStage): CommitPlan =>
  draft({
    commitId: input.commitId,
    guards: [stageGuard(input.stage, input.fence, "running"), ...(input.riderGuards ?? [])],
    writes: [
      updateStage(input.stage, {
        status: "ready",
        availableAt: fromDbNow(input.delayMs ?? 0),
        session: null,
        sessionEpoch: null,
        ...(input.progressed ? UNSUSPECTED : {}),
      }),
      ...(input.riders ?? []),
    ],
  });
