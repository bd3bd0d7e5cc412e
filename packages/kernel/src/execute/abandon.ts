import { LOST, type Outcome } from "./end.ts";
import { fail } from "./end-failed.ts";
import { yieldStage } from "./end-parked.ts";
import type { Execution } from "./execution.ts";
import { isOutOfReach } from "./stored-error.ts";

/**
 * Replaying the stage or committing its end threw. A store out of reach gives the stage back, and
 * if that can't be written either the next heartbeats find it owned and idle; anything else, such
 * as a record that can't be read, is a failed attempt.
 */
export async function abandon(execution: Execution, error: unknown): Promise<Outcome> {
  const { engine, key } = execution;
  engine.logger.log("error", "an execution was abandoned", { error, ...key });
  try {
    if (!execution.ownsFence()) return LOST;
    return isOutOfReach(error) ? await yieldStage(execution, error) : await fail(execution, error);
  } catch {
    return LOST;
  }
}
