import type { StepBody, StepOptions } from "../define/context.ts";
import { DEFAULT_STEP_RETRY, retryPolicy } from "../define/retry-policy.ts";
import { checkId, optionalMs } from "../define/stage.ts";
import { call, rejected } from "./call.ts";
import type { Execution } from "./execution.ts";
import { runStep } from "./step.ts";

interface StepAsked<T> {
  readonly key: string;
  readonly body: StepBody<T>;
  readonly options: StepOptions | undefined;
}

/** A call of `ctx.step`: checked at once, run when the memo has no answer. */
export function callStep<T>(
  execution: Execution,
  { key, body, options = {} }: StepAsked<T>,
): Promise<T> {
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
    return rejected(error);
  }
}
