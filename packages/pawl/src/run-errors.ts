import { EngineError, type Failure, type RunView } from "@pawl/kernel";

/** The run whose result was asked for has failed. */
export class RunFailedError extends EngineError {
  readonly workflowRunId: string;
  /** What its user code threw, or the engine on its behalf. */
  readonly failure: Failure;

  constructor({ id, workflowId, failure }: RunView) {
    const stored = failure ?? { name: "Error", message: "no failure was stored" };
    const says = `Run ${id} of workflow "${workflowId}" failed: ${stored.name}: ${stored.message}`;
    super("E_RUN_FAILED", says, { details: { workflowRunId: id, workflowId, failure: stored } });
    this.workflowRunId = id;
    this.failure = stored;
  }
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
