import { checkOptions, type OptionKinds, shown } from "../define/check-options.ts";
import type { StepBody, StepOptions } from "../define/context.ts";
import { DEFAULT_STEP_RETRY, retryPolicy } from "../define/retry-policy.ts";
import { checkId, optionalMs } from "../define/stage.ts";
import { EngineError } from "../errors/engine-error.ts";
import { call, rejected } from "./call.ts";
import type { Execution } from "./execution.ts";
import { runStep } from "./step.ts";

interface StepAsked<T> {
  readonly key: string;
  readonly body: StepBody<T>;
  readonly options: StepOptions | undefined;
}

const NO_OPTIONS: StepOptions = {};

const STEP_OPTIONS: OptionKinds<StepOptions> = {
  retry: "object?",
  timeout: "any?",
  mode: ["atLeastOnce", "atMostOnce"],
  durability: ["committed", "deferred"],
};

/** A call of `ctx.step`: checked at once, run when the memo has no answer. */
export function callStep<T>(
  execution: Execution,
  { key, body, options = NO_OPTIONS }: StepAsked<T>,
): Promise<T> {
  try {
    checkId(key, "step");
    const what = `Step "${key}"`;
    checkBody(what, body);
    if (options !== NO_OPTIONS) checkOptions<StepOptions>(what, options, STEP_OPTIONS);
    const once = options.mode === "atMostOnce";
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

function checkBody(what: string, body: unknown): void {
  if (typeof body === "function") return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `The body of ${what} is ${shown(body)}; give a function, which runs when there is no record.`,
  );
}
