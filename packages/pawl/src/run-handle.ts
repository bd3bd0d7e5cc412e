import {
  checkOptions,
  EngineError,
  type Kernel,
  type OptionKinds,
  type RunChanged,
  type RunView,
  shown,
} from "@pawl/kernel";
import type { RunEnds } from "./run-ends.ts";
import { RunCancelledError, RunFailedError } from "./run-errors.ts";

export interface ResultOptions {
  /** How long to wait. Default: until the run ends. */
  readonly timeoutMs?: number;
}

const RESULT_OPTIONS: OptionKinds<ResultOptions> = { timeoutMs: "any?" };

function checkResultOptions(options: ResultOptions): void {
  checkOptions("result", options, RESULT_OPTIONS);
  const { timeoutMs } = options;
  if (timeoutMs === undefined || (Number.isFinite(timeoutMs) && timeoutMs >= 0)) return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `Option "timeoutMs" of result is ${shown(timeoutMs)}; give milliseconds from 0, or leave it ` +
      "out to wait until the run ends.",
    { details: { option: "timeoutMs" } },
  );
}

/** One run, whether it still goes on or not. Once the app is stopped, E_STATE_INVALID. */
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
  /** How long ago this process started the run; absent where it did not. */
  readonly startedMsAgo?: () => number;
}

/** Who asks within this has most likely not missed the end. */
const JUST_STARTED_MS = 50;

/** A handle on a run of this id; whether there is one shows at the first call. */
export function runHandle<Out>(parts: HandleParts, id: string): RunHandle<Out> {
  const { kernel, ends, startedMsAgo = () => Number.POSITIVE_INFINITY } = parts;
  const workflowRunId = id;
  return {
    id,
    result: async (options = {}) => {
      checkResultOptions(options);
      const justStarted = startedMsAgo() < JUST_STARTED_MS;
      const run = await ends.wait(id, { timeoutMs: options.timeoutMs, justStarted });
      if (run.status === "failed") throw new RunFailedError(run);
      if (run.status === "cancelled") throw new RunCancelledError(run);
      return run.output as Out;
    },
    status: async () => {
      ends.assertOpen();
      return (await kernel.query.getRun(id)).status;
    },
    cancel: async (reason) => {
      ends.assertOpen();
      const why = reason ? { reason } : {};
      return kernel.dispatch({ type: "run.cancel", workflowRunId, ...why });
    },
    pause: async () => {
      ends.assertOpen();
      return kernel.dispatch({ type: "run.pause", workflowRunId });
    },
    resume: async () => {
      ends.assertOpen();
      return kernel.dispatch({ type: "run.resume", workflowRunId });
    },
  };
}
