import { LOST, type Outcome } from "./end.ts";
import { complete } from "./end-completed.ts";
import { fail } from "./end-failed.ts";
import { hold, suspend, yieldStage } from "./end-parked.ts";
import type { Execution } from "./execution.ts";
import type { Ending } from "./run-stage.ts";

/**
 * Commits the end of an execution, once it is known what came of the commits before it; one that
 * lost its stage commits nothing.
 */
export async function commitEnding(
  execution: Execution,
  ending: Ending,
  sticky: boolean,
): Promise<Outcome> {
  await execution.committed();
  if (!execution.ownsFence()) return LOST;
  switch (ending.type) {
    case "stopped":
      return LOST;
    case "suspended":
      return suspend(execution);
    case "yielded":
      return yieldStage(execution, ending.error);
    case "drifted":
      return hold(execution, "nondeterminism", ending.error);
    case "threw":
      return isInDoubt(ending.error)
        ? hold(execution, "inDoubt", ending.error)
        : fail(execution, ending.error);
    case "returned":
      return complete(execution, ending.output, sticky);
  }
}

const isInDoubt = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === "E_STEP_IN_DOUBT";
