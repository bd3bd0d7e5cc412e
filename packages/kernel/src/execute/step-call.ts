import type { StepBody, StepOptions } from "../define/context.ts";
import type { RetryPolicy } from "../define/retry-policy.ts";
import type { Operation } from "./operation.ts";

/** A step as its call described it. */
export interface StepCall {
  readonly operation: Operation;
  readonly body: StepBody<unknown>;
  readonly policy: RetryPolicy;
  readonly timeoutMs: number | undefined;
  readonly options: StepOptions;
}
