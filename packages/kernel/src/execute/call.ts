import { EngineError } from "../errors/engine-error.ts";
import { operationText } from "../state/ids.ts";
import type { Execution } from "./execution.ts";
import { reportNondurable } from "./nondurable.ts";
import { Operation, type OperationKind } from "./operation.ts";

export interface Call {
  readonly key: string;
  readonly kind: OperationKind;
}

/**
 * Registers one durable call. While the memo is being settled it only takes its place; `begin`
 * runs when the memo turns out to have no answer. What a body left running when it ended, or was
 * suspended, comes to rest at its next call.
 */
export function call(
  execution: Execution,
  { key, kind }: Call,
  begin: (operation: Operation) => void,
): Promise<unknown> {
  if (execution.isInsideBody()) return rejected(nestedCall(key));
  if (execution.closed || execution.bodyEnded) {
    if (execution.parked) reportNondurable(execution, key);
    return new Promise(() => {});
  }
  const occurrence = execution.occurrences.get(key) ?? 0;
  execution.occurrences.set(key, occurrence + 1);
  const operation: Operation = new Operation({
    id: { key, occurrence },
    kind,
    calledAt: execution.calls,
    begin: () => begin(operation),
  });
  execution.calls += 1;
  const { stepsPerStageMax } = execution.engine.limits;
  if (execution.calls > stepsPerStageMax) return rejected(tooMany(stepsPerStageMax));
  execution.operations.set(operationText(operation.id), operation);
  if (execution.live) operation.begin();
  execution.pulse.beat();
  return operation.promise;
}

/** A promise that may be left alone: a body that forgot it must not end the process. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

export const rejected = (error: unknown): Promise<never> => quiet(Promise.reject(error));

/** A durable call inside the body of a step. */
export const nestedCall = (key: string): EngineError =>
  new EngineError(
    "E_NESTED_STEP",
    `"${key}" was called inside the body of a step. A step is one unit: call it before or after, ` +
      "or make it plain code of the body.",
    { details: { key } },
  );

const tooMany = (max: number): EngineError =>
  new EngineError(
    "E_LIMIT_EXCEEDED",
    `The stage made more than ${max} durable calls. Split the work into several stages or runs, ` +
      "or raise limits.stepsPerStageMax.",
    { details: { max } },
  );
