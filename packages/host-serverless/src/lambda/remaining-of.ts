import { EngineError } from "@pawl/kernel";
import type { LambdaContext } from "./lambda-events.ts";

/**
 * How to ask for what is left of an invocation.
 *
 * @throws EngineError E_ARGUMENT_INVALID for what is no context of Lambda, as in a test without one
 */
export function remainingOf(context: LambdaContext | undefined): () => number {
  if (typeof context?.getRemainingTimeInMillis === "function")
    return () => context.getRemainingTimeInMillis();
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    "This handler needs the context of Lambda as its second argument, and of that " +
      "getRemainingTimeInMillis().",
  );
}
