import type { Failure } from "../state/failure.ts";
import { stageKeyOf } from "../state/ids.ts";
import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import type { StageRow } from "../state/stage.ts";
import type { AttemptOutcome, AttemptRow } from "../state/step.ts";
import { type EpochMs, fromDbNow } from "../state/time.ts";
import { draft, liveGuard, newEvent, stageGuard, UNSUSPECTED, updateStage } from "./draft.ts";

export interface FailAttempt {
  readonly commitId: string;
  readonly stage: Pick<
    StageRow,
    "runId" | "stageId" | "mapIndex" | "generation" | "fence" | "attempt" | "session" | "priority"
  >;
  readonly failure: Failure;
  readonly outcome: AttemptOutcome;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  readonly retryInMs: number;
  /** Rev of the run as this execution knows it. */
  readonly since?: number;
  readonly riders: readonly Write[];
  readonly riderGuards: readonly Guard[];
  readonly ageingMs: number;
}

/** A failed attempt of a stage that its policy lets try again. */
export function decideFailAttempt(fail: FailAttempt): CommitPlan {
  const { stage, retryInMs } = fail;
  const key = stageKeyOf(stage);
  return draft({
    commitId: fail.commitId,
    guards: [
      liveGuard(stage.runId, fail),
      stageGuard(key, stage.fence, "running"),
      ...fail.riderGuards,
    ],
    writes: [
      updateStage(key, {
        status: "ready",
        ...UNSUSPECTED,
        attempt: stage.attempt + 1,
        availableAt: fromDbNow(retryInMs),
        claimRank: fromDbNow(retryInMs - stage.priority * fail.ageingMs),
        session: null,
        sessionEpoch: null,
      }),
      { op: "insert", table: "attempts", row: stageAttempt(fail) },
      ...fail.riders,
    ],
    events: [
      newEvent({
        runId: stage.runId,
        type: "stage.attemptFailed",
        stage: key,
        data: { attempt: stage.attempt, failure: fail.failure, retryInMs },
      }),
    ],
  });
}

/** The history row of one attempt of a stage. */
export const stageAttempt = (
  fail: Pick<FailAttempt, "commitId" | "stage" | "failure" | "outcome" | "startedAt" | "endedAt">,
): AttemptRow => ({
  ...stageKeyOf(fail.stage),
  step: "",
  occurrence: 0,
  stageAttempt: fail.stage.attempt,
  attempt: fail.stage.attempt,
  fence: fail.stage.fence,
  outcome: fail.outcome,
  failure: fail.failure,
  progress: null,
  session: fail.stage.session,
  counted: true,
  startedAt: fail.startedAt,
  endedAt: fail.endedAt,
  commitId: fail.commitId,
});
