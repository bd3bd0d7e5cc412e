import { EngineError, type FailedAt, type Failure, type RunView } from "@pawl/kernel";

/** The run whose result was asked for has failed. */
export class RunFailedError extends EngineError {
  readonly workflowRunId: string;
  /** What its user code threw, or the engine on its behalf. */
  readonly failure: Failure;
  /** Stage and step that failed; null when the run failed as a whole, as by its time limit. */
  readonly failedAt: FailedAt | null;

  constructor({ id, workflowId, failure, failedAt }: RunView) {
    const stored = failure ?? { name: "Error", message: "no failure was stored" };
    const run = `Run ${id} of workflow "${workflowId}" failed${placeOf(failedAt)}`;
    super("E_RUN_FAILED", `${run}: ${stored.name}: ${stored.message}`, {
      details: { workflowRunId: id, workflowId, failure: stored, ...failedAt },
    });
    this.workflowRunId = id;
    this.failure = stored;
    this.failedAt = failedAt;
  }
}

function placeOf(failedAt: FailedAt | null): string {
  if (failedAt === null) return "";
  const { stageId, step } = failedAt;
  return ` in stage "${stageId}"${step === null ? "" : `, step "${step}"`}`;
}

/** The run whose result was asked for was cancelled. */
export class RunCancelledError extends EngineError {
  readonly workflowRunId: string;
  readonly reason: string | null;
  /** Who cancelled it. */
  readonly actor: string | null;

  constructor({ id, workflowId, reason, actor }: RunView) {
    const why = reason === null ? "" : `: ${reason}`;
    super("E_RUN_CANCELLED", `Run ${id} of workflow "${workflowId}" was cancelled${why}`, {
      details: { workflowRunId: id, workflowId, reason, actor },
    });
    this.workflowRunId = id;
    this.reason = reason;
    this.actor = actor;
  }
}
