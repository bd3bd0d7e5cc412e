import type { JobOutcome } from "../engine/command.ts";
import type { CommitPlan, Committed } from "../state/plan.ts";
import type { ClaimedStage } from "../state/snapshot.ts";
import type { EpochMs } from "../state/time.ts";
import type { Execution } from "./execution.ts";

/** What an execution came to, committed. */
export interface Outcome {
  readonly outcome: JobOutcome;
  /** Stage that the end has started for this session. */
  readonly next?: ClaimedStage;
  /** When it may be claimed again, in database time. */
  readonly retryAt?: EpochMs;
}

/** The stage belongs to another now, or to nobody: nothing was written. */
export const LOST: Outcome = { outcome: "busy" };

/** The stage may be claimed again, by whoever is first. */
export function ready(execution: Execution, outcome: JobOutcome, retryAt: EpochMs): Outcome {
  execution.engine.pokes.send({ type: "ready", at: retryAt });
  return { outcome, retryAt };
}

/**
 * Commits; when only the inbox moved, decides once more with what it is now. Undefined when it
 * was refused for good, or the fence is not ours any more.
 */
export async function commitEnd(
  execution: Execution,
  decide: (commitId: string) => CommitPlan,
): Promise<Committed | undefined> {
  for (;;) {
    const result = await execution.insistOn(decide(execution.engine.ids.newId()));
    if (!result || result.ok) return result;
    if (result.why !== "rev" || !result.snapshot) return undefined;
    if (result.snapshot.run.inbox === execution.inbox) return undefined;
    execution.inbox = result.snapshot.run.inbox;
  }
}
