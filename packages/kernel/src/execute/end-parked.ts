import { hasProgressed } from "../commands/last-seq.ts";
import { decideHoldStage } from "../decide/hold-stage.ts";
import { decideSuspendStage, earliest } from "../decide/suspend-stage.ts";
import { decideYieldStage } from "../decide/yield-stage.ts";
import { ringForWork } from "../engine/announce-work.ts";
import { toFailure } from "../state/failure.ts";
import { commitEnd, LOST, type Outcome, ready } from "./end.ts";
import type { Execution } from "./execution.ts";
import type { Ride } from "./riders.ts";

/** Gives the worker back until the first of its waits is resolved. */
export async function suspend(execution: Execution): Promise<Outcome> {
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
      since: execution.claimed.run.rev,
      opening,
      open,
      riders: ride.writes,
      riderGuards: ride.guards,
    }),
  );
  if (!result) return LOST;
  const wakeAt = earliest([...open, ...opening]);
  return wakeAt === null ? { outcome: "suspended" } : ready(execution, "suspended", wakeAt);
}

/** Gives the stage back as it is; a little later when something was out of reach. */
export async function yieldStage(execution: Execution, error?: unknown): Promise<Outcome> {
  const { engine } = execution;
  const delayMs = error === undefined ? 0 : engine.limits.outOfReachRetryMs;
  const ride = error === undefined ? execution.riders.takeSettled() : NOTHING;
  if (error !== undefined) {
    engine.logger.log("warn", "a stage is given back", { error, ...execution.key });
  }
  const progressed = await hasProgressed(engine, execution.claimed.stage);
  const result = await commitEnd(execution, (commitId) =>
    decideYieldStage({ commitId, ...ownership(execution), delayMs, progressed, ...rideOf(ride) }),
  );
  if (!result) return LOST;
  if (delayMs === 0) ringForWork(engine, [execution.claimed.stage.queue]);
  return ready(execution, "suspended", result.dbNow + delayMs);
}

const NOTHING: Ride = { writes: [], guards: [] };

/** Parks the stage for an operator. */
export async function hold(
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
      since: execution.claimed.run.rev,
      ...rideOf(ride),
    }),
  );
  if (!result) return LOST;
  engine.logger.log("error", "stage held", { reason, failure, ...execution.key });
  return { outcome: "failed" };
}

const ownership = ({ key, fence }: Execution) => ({ stage: key, fence });
const rideOf = (ride: Ride) => ({ riders: ride.writes, riderGuards: ride.guards });
