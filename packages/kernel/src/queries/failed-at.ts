import type { Engine } from "../engine/engine.ts";
import type { Failure } from "../state/failure.ts";
import { operationText } from "../state/ids.ts";
import type { RunRow } from "../state/run.ts";
import type { StageFacts } from "../state/stage.ts";

/** The stage that failed its run, and the step that failed the stage. */
export interface FailedAt {
  readonly stageId: string;
  /** Key of the step, `key#occurrence` when it is not the first of that key; null when none. */
  readonly step: string | null;
}

const ROWS_MAX = 100;

/** Where a run failed; null for one that did not, or that failed as a whole, as by its deadline. */
export async function failedAtOf(engine: Engine, run: RunRow): Promise<FailedAt | null> {
  const { failure } = run;
  if (run.status !== "failed" || !failure) return null;
  const failed = await engine.persistence.query.find({
    table: "stages",
    where: { runId: run.id, superseded: false, status: "failed" },
    limit: ROWS_MAX,
  });
  const stage = failed.find((one) => one.failure !== null && isSame(one.failure, failure));
  return stage ? { stageId: stage.stageId, step: await failedStep(engine, stage, failure) } : null;
}

/** The step whose last attempt ended with this failure, or with what it was caused by. */
async function failedStep(
  engine: Engine,
  stage: StageFacts,
  failure: Failure,
): Promise<string | null> {
  const { runId, stageId, mapIndex, generation, attempt } = stage;
  const tries = await engine.persistence.query.find({
    table: "attempts",
    where: { runId, stageId, mapIndex, generation, stageAttempt: attempt },
    limit: ROWS_MAX,
  });
  for (let link: Failure | undefined = failure; link; link = link.cause) {
    const same = link;
    const step = tries.find((one) => one.step !== "" && one.failure && isSame(one.failure, same));
    if (step) return step.occurrence === 0 ? step.step : operationText({ ...step, key: step.step });
  }
  return null;
}

const isSame = (a: Failure, b: Failure): boolean =>
  a.name === b.name && a.message === b.message && a.stack === b.stack;
