import {
  checkOptions,
  type Kernel,
  type OptionKinds,
  type RunChanged,
  type RunView,
} from "@pawl/kernel";
import type { RunEnds } from "./run-ends.ts";
import { RunCancelledError, RunFailedError } from "./run-errors.ts";

export interface ResultOptions {
  /** How long to wait. Default: until the run ends. */
  readonly timeoutMs?: number;
}

const RESULT_OPTIONS: OptionKinds<ResultOptions> = { timeoutMs: "number?" };

/** One run, whether it still goes on or not. */
export interface RunHandle<Out> {
  readonly id: string;
  /**
   * What the workflow returned, once it has. Without `timeoutMs` it waits for as long as that
   * takes: for ever where the run is held until an operator acts. Give one where nobody watches.
   *
   * @throws RunFailedError when it failed, RunCancelledError when it was cancelled,
   * WaitTimeoutError when it took longer than `timeoutMs`, EngineError E_RUN_UNKNOWN,
   * E_ARGUMENT_INVALID
   */
  result(options?: ResultOptions): Promise<Out>;
  /** `waiting` when it is running, but only a timer or somebody else can move it on. */
  status(): Promise<RunView["status"]>;
  cancel(reason?: string): Promise<RunChanged>;
  pause(): Promise<RunChanged>;
  resume(): Promise<RunChanged>;
}

export interface HandleParts {
  readonly kernel: Kernel;
  readonly ends: RunEnds;
}

/** A handle on a run of this id; whether there is one shows at the first call. */
export function runHandle<Out>({ kernel, ends }: HandleParts, id: string): RunHandle<Out> {
  const workflowRunId = id;
  return {
    id,
    result: async (options = {}) => {
      checkOptions("result", options, RESULT_OPTIONS);
      const run = await ends.wait(id, options.timeoutMs);
      if (run.status === "failed") throw new RunFailedError(run);
      if (run.status === "cancelled") throw new RunCancelledError(run);
      return run.output as Out;
    },
    status: async () => (await kernel.query.getRun(id)).status,
    cancel: (reason) =>
      kernel.dispatch({ type: "run.cancel", workflowRunId, ...(reason ? { reason } : {}) }),
    pause: () => kernel.dispatch({ type: "run.pause", workflowRunId }),
    resume: () => kernel.dispatch({ type: "run.resume", workflowRunId }),
  };
}
