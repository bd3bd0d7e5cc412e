import type { StageContext, StepBody, StepOptions } from "../define/context.ts";
import { type Duration, toMs } from "../define/duration.ts";
import { DEFAULT_STEP_RETRY, retryPolicy } from "../define/retry-policy.ts";
import { checkId, optionalMs } from "../define/stage.ts";
import { EngineError } from "../errors/engine-error.ts";
import { stageKeyText } from "../state/ids.ts";
import type { LogLevel } from "../state/records.ts";
import { all, mapItems, race } from "./branch.ts";
import { call } from "./call.ts";
import type { Execution } from "./execution.ts";
import { writeLog } from "./log.ts";
import { Progress } from "./progress.ts";
import { runStep } from "./step.ts";
import { stageStorage } from "./storage.ts";
import { openWait } from "./waits.ts";

/** Values that a stage starts with, decoded and validated. */
export interface StageValues {
  readonly input: unknown;
  readonly config: unknown;
  /** Outputs by stage id of what it reads and what completed. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The handle that user code gets. */
export function createContext(
  execution: Execution,
  values: StageValues,
): StageContext<unknown, unknown, Record<string, unknown>> {
  const { key, claimed, workflow, node } = execution;
  const progress = new Progress(execution);
  return {
    runId: key.runId,
    workflowId: workflow.id,
    stageId: key.stageId,
    attempt: claimed.stage.attempt,
    idempotencyKey: stageKeyText(key),
    abortSignal: execution.abort.signal,
    input: values.input,
    config: values.config,
    step: (stepKey, body, options) => step(execution, { key: stepKey, body, options }),
    sleep: (waitKey, duration) => sleep(execution, waitKey, duration),
    sleepUntil: (waitKey, instant) => sleepUntil(execution, waitKey, instant),
    all,
    race,
    map: mapItems,
    now: () => execution.instant,
    random: () => execution.chance.random(),
    uuid: () => execution.chance.uuid(),
    log: (level: LogLevel, message, data) => writeLog(execution, { level, message, data }),
    progress: (value) => progress.show(value),
    storage: stageStorage(execution),
    optional: (stageId) => values.outputs[stageId],
    require: (stageId) => {
      if (Object.hasOwn(values.outputs, stageId)) return values.outputs[stageId];
      throw upstreamAbsent(stageId, { reader: node.id, outputs: values.outputs });
    },
  };
}

interface StepAsked<T> {
  readonly key: string;
  readonly body: StepBody<T>;
  readonly options: StepOptions | undefined;
}

function step<T>(execution: Execution, { key, body, options = {} }: StepAsked<T>): Promise<T> {
  const what = `Step "${key}"`;
  const once = options.mode === "atMostOnce";
  try {
    checkId(key, "step");
    const policy = retryPolicy(options.retry, DEFAULT_STEP_RETRY, `${what} retry`);
    const timeoutMs = optionalMs(options.timeout, `${what} timeout`);
    const kind = once ? "atMostOnce" : "step";
    return call(execution, { key, kind: { type: "step", kind } }, (operation) => {
      void runStep(execution, {
        operation,
        body,
        options,
        timeoutMs,
        policy: once ? { ...policy, maxAttempts: 1 } : policy,
      });
    }) as Promise<T>;
  } catch (error) {
    return Promise.reject(error);
  }
}

function sleep(execution: Execution, key: string, duration: Duration): Promise<void> {
  try {
    checkId(key, "sleep");
    const ms = toMs(duration, `Duration of sleep "${key}"`);
    return timer(execution, key, () => execution.dbTime() + Math.ceil(ms));
  } catch (error) {
    return Promise.reject(error);
  }
}

function sleepUntil(
  execution: Execution,
  key: string,
  instant: number | { valueOf(): number },
): Promise<void> {
  const at = Number(instant.valueOf());
  if (Number.isFinite(at)) return timer(execution, key, () => Math.ceil(at));
  return Promise.reject(
    new EngineError(
      "E_ARGUMENT_INVALID",
      `sleepUntil "${key}" got ${String(instant)}; give epoch milliseconds or a valid Date.`,
    ),
  );
}

function timer(execution: Execution, key: string, dueAt: () => number): Promise<void> {
  return call(execution, { key, kind: { type: "wait", kind: "timer" } }, (operation) => {
    openWait(execution, { operation, kind: "timer", key, dueAt: dueAt() });
  }) as Promise<void>;
}

const upstreamAbsent = (
  stageId: string,
  { reader, outputs }: { readonly reader: string; readonly outputs: object },
): EngineError => {
  const known = Object.keys(outputs).map((id) => `"${id}"`);
  return new EngineError(
    "E_UPSTREAM_ABSENT",
    `Stage "${reader}" requires the output of "${stageId}", which has none here (skipped, or not ` +
      `named in uses). There are outputs of: ${known.join(", ") || "no stage"}. ` +
      "Use ctx.optional where a stage may be skipped.",
    { details: { stageId, reader } },
  );
};
