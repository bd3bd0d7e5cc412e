import { advanceRun } from "../commands/advance-run.ts";
import type { JobOutcome } from "../commands/command.ts";
import { packValue } from "../commands/pack.ts";
import { nextAttempt } from "../decide/backoff.ts";
import { decideFailAttempt } from "../decide/fail-attempt.ts";
import { decideHoldStage } from "../decide/hold-stage.ts";
import { decideSuspendStage, earliest } from "../decide/suspend-stage.ts";
import { decideYieldStage } from "../decide/yield-stage.ts";
import { validate } from "../define/schema.ts";
import { EngineError } from "../errors/engine-error.ts";
import { type Failure, toFailure } from "../state/failure.ts";
import type { CommitPlan, CommitResult } from "../state/plan.ts";
import type { ClaimedStage } from "../state/snapshot.ts";
import type { EpochMs } from "../state/time.ts";
import type { Execution } from "./execution.ts";
import { finish, type Finished } from "./finish.ts";
import type { Ride } from "./riders.ts";
import type { Ending } from "./run-stage.ts";
import { isPermanent } from "./stored-error.ts";
import { closedWaits } from "./waits.ts";

/** What an execution came to, committed. */
export interface Outcome {
  readonly outcome: JobOutcome;
  /** Stage that the end has started for this session. */
  readonly next?: ClaimedStage;
  /** When it may be claimed again, in database time. */
  readonly retryAt?: EpochMs;
}

const LOST: Outcome = { outcome: "busy" };

/** Commits the end of an execution; one that lost its stage commits nothing. */
export async function commitEnding(
  execution: Execution,
  ending: Ending,
  sticky: boolean,
): Promise<Outcome> {
  if (!execution.ownsFence()) return LOST;
  switch (ending.type) {
    case "stopped":
      return LOST;
    case "suspended":
      return suspend(execution);
    case "yielded":
      return yieldStage(execution);
    case "drifted":
      return hold(execution, "nondeterminism", ending.error);
    case "threw":
      return EngineError.is(ending.error, "E_STEP_IN_DOUBT") || isInDoubt(ending.error)
        ? hold(execution, "inDoubt", ending.error)
        : fail(execution, ending.error);
    case "returned":
      return complete(execution, ending.output, sticky);
  }
}

const isInDoubt = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === "E_STEP_IN_DOUBT";

async function complete(
  execution: Execution,
  output: unknown,
  sticky: boolean,
): Promise<Outcome> {
  const { node, engine, key } = execution;
  const packing = async () => {
    const value = await validate(node.stage.outputSchema, output, {
      code: "E_OUTPUT_INVALID",
      subject: `Output of stage "${node.id}"`,
    });
    const place = { runId: key.runId, field: `output/${key.stageId}` };
    return { value, packed: await packValue(engine, value, place) };
  };
  const result = await packing().catch((error: unknown) => ({ error }));
  if ("error" in result) return fail(execution, result.error);
  const ride = execution.riders.takeAll();
  const finished = await finish(execution, {
    end: { status: "completed", output: result.packed.packed },
    riders: [...ride.writes, ...result.packed.writes, ...closedWaits(execution)],
    riderGuards: [...ride.guards, ...result.packed.guards],
    sticky,
  });
  return outcomeOf(execution, finished, "completed");
}

async function outcomeOf(
  execution: Execution,
  finished: Finished,
  outcome: JobOutcome,
): Promise<Outcome> {
  if (finished === "lost") return LOST;
  if (finished.invalid) return fail(execution, finished.invalid);
  if (finished.lastBranch) await advanceRun(execution.engine, execution.key.runId);
  return { outcome, ...(finished.next ? { next: finished.next } : {}) };
}

/** An attempt that failed: again by its policy, or for good. */
async function fail(execution: Execution, error: unknown): Promise<Outcome> {
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
    return outcomeOf(execution, finished, "failed");
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
      riders: ride.writes,
      riderGuards: ride.guards,
      ageingMs: engine.limits.priorityAgeingMs,
    }),
  );
  if (!result.ok) return LOST;
  return ready(execution, "failed", result.dbNow + verdict.retryInMs);
}

const failureOf = (error: unknown): Failure =>
  isPermanent(error) ? { ...toFailure(error), permanent: true } : toFailure(error);

async function suspend(execution: Execution): Promise<Outcome> {
  const ride = execution.riders.takeAll();
  const waits = [...execution.waits.values()];
  const opening = waits.filter((wait) => !wait.stored).map((wait) => wait.row);
  const open = waits.filter((wait) => wait.stored).map((wait) => wait.row);
  const result = await commitEnd(execution, (commitId) =>
    decideSuspendStage({
      commitId,
      stage: execution.key,
      fence: execution.fence,
      inbox: execution.inbox,
      opening,
      open,
      riders: ride.writes,
      riderGuards: ride.guards,
    }),
  );
  if (!result.ok) return LOST;
  const wakeAt = earliest([...open, ...opening]);
  return wakeAt === null ? { outcome: "suspended" } : ready(execution, "suspended", wakeAt);
}

async function yieldStage(execution: Execution): Promise<Outcome> {
  const ride = execution.riders.takeAll();
  const result = await commitEnd(execution, (commitId) =>
    decideYieldStage({ commitId, ...ownership(execution), ...rideOf(ride) }),
  );
  return result.ok ? { outcome: "suspended" } : LOST;
}

async function hold(
  execution: Execution,
  reason: "nondeterminism" | "inDoubt",
  error: unknown,
): Promise<Outcome> {
  const ride = execution.riders.takePlain();
  const failure = toFailure(error);
  const { engine } = execution;
  const result = await commitEnd(execution, (commitId) =>
    decideHoldStage({
      commitId,
      namespace: engine.namespace,
      ...ownership(execution),
      reason,
      failure,
      deadLetterId: engine.ids.newId(),
      ...rideOf(ride),
    }),
  );
  if (result.ok) engine.logger.log("error", "stage held", { reason, failure, ...execution.key });
  return result.ok ? { outcome: "failed" } : LOST;
}

const ownership = ({ key, fence }: Execution) => ({ stage: key, fence });
const rideOf = (ride: Ride) => ({ riders: ride.writes, riderGuards: ride.guards });

function ready(execution: Execution, outcome: JobOutcome, retryAt: EpochMs): Outcome {
  execution.engine.pokes.send({ type: "ready", at: retryAt });
  return { outcome, retryAt };
}

/** Commits; when only the inbox moved, decides once more with what it is now. */
async function commitEnd(
  execution: Execution,
  decide: (commitId: string) => CommitPlan,
): Promise<CommitResult> {
  for (;;) {
    const { commits, ids } = execution.engine;
    const result = await commits.commit(decide(ids.newId()));
    if (result.ok || result.why !== "rev" || !result.snapshot) return result;
    if (result.snapshot.run.inbox === execution.inbox) return result;
    execution.inbox = result.snapshot.run.inbox;
  }
}
