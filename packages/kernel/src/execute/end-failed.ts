import { advanceRun } from "../commands/advance-run.ts";
import { nextAttempt } from "../decide/backoff.ts";
import { decideFailAttempt } from "../decide/fail-attempt.ts";
import type { JobOutcome } from "../engine/command.ts";
import { EngineError } from "../errors/engine-error.ts";
import { type Failure, toFailure } from "../state/failure.ts";
import { commitEnd, LOST, type Outcome, ready } from "./end.ts";
import type { Execution } from "./execution.ts";
import { type Finished, finish } from "./finish.ts";
import type { Ride } from "./riders.ts";
import { isPermanent } from "./stored-error.ts";
import { closedWaits } from "./waits.ts";

/** What follows from the commit that ended the stage. */
export async function outcomeOf(
  execution: Execution,
  finished: Finished,
  { outcome, ride }: { readonly outcome: JobOutcome; readonly ride: Ride },
): Promise<Outcome> {
  if (finished === "lost") return LOST;
  if (finished.invalid) return failRun(execution, finished.invalid, ride);
  if (finished.lastBranch) await advanceRun(execution.engine, execution.key.runId);
  return { outcome, ...(finished.next ? { next: finished.next } : {}) };
}

/** What user code says about the end of this stage is at fault: no attempt can mend that. */
async function failRun(execution: Execution, error: unknown, ride: Ride): Promise<Outcome> {
  const failure = failureOf(error);
  const finished = await finish(execution, {
    end: { status: "failed", failure },
    riders: [...ride.writes, ...closedWaits(execution), execution.attemptWrite(failure)],
    riderGuards: ride.guards,
    sticky: false,
    failsRun: true,
  });
  return finished === "lost" ? LOST : { outcome: "failed" };
}

/** An attempt that failed: again by its policy, or for good. */
export async function fail(execution: Execution, error: unknown): Promise<Outcome> {
  const { node, engine, claimed } = execution;
  const { stage } = claimed;
  const failure = failureOf(error);
  const verdict = nextAttempt(node.stage.retryPolicy, {
    failure,
    error,
    attempt: stage.attempt - stage.attemptsForgiven,
    random: engine.ids.random(),
  });
  const ride = execution.riders.takePlain();
  if ("giveUp" in verdict) {
    const finished = await finish(execution, {
      end: { status: "failed", failure },
      riders: [...ride.writes, ...closedWaits(execution), execution.attemptWrite(failure)],
      riderGuards: ride.guards,
      sticky: false,
    });
    return outcomeOf(execution, finished, { outcome: "failed", ride });
  }
  const result = await commitEnd(execution, (commitId) =>
    decideFailAttempt({
      commitId,
      stage,
      failure,
      outcome: EngineError.is(error, "E_STAGE_TIMEOUT") ? "timedOut" : "failed",
      startedAt: execution.claimed.dbNow,
      endedAt: execution.dbTime(),
      retryInMs: verdict.retryInMs,
      since: claimed.run.rev,
      riders: ride.writes,
      riderGuards: ride.guards,
      ageingMs: engine.limits.priorityAgeingMs,
    }),
  );
  if (!result) return LOST;
  return ready(execution, "failed", result.dbNow + verdict.retryInMs);
}

const failureOf = (error: unknown): Failure =>
  isPermanent(error) ? { ...toFailure(error), permanent: true } : toFailure(error);
