import type { JobClaim } from "../engine/command.ts";
import { runOfDamagedRow } from "../engine/damaged-runs.ts";
import type { Engine } from "../engine/engine.ts";
import { definitionsOf } from "../engine/sweep.ts";
import type { ClaimRequest } from "../ports/persistence.ts";
import type { ClaimedStage } from "../state/snapshot.ts";

/** Damaged runs that one claim finds out about; the next claim finds the rest. */
const DAMAGED_MAX = 16;

/** Makes ready and due stages this session's own. */
export async function claimJobs(
  engine: Engine,
  command: JobClaim,
): Promise<readonly ClaimedStage[]> {
  const { session, limit, queues, stages, alone } = command;
  return claimReadable(engine, {
    namespace: engine.namespace,
    session,
    definitions: definitionsOf(engine),
    limit,
    memoRecordsMax: engine.limits.memoRecordsMax,
    memoBytesMax: engine.limits.memoBytesMax,
    ...(queues ? { queues } : {}),
    ...(stages ? { stages } : {}),
    ...(alone ? { alone } : {}),
  });
}

/** A run with a row that can't be read must not keep others from being claimed. */
async function claimReadable(
  engine: Engine,
  request: ClaimRequest,
): Promise<readonly ClaimedStage[]> {
  for (let found = 0; ; found++) {
    const exceptRuns = engine.damagedRuns.passedOver(engine.clock.monotonic());
    try {
      const claimed = await engine.persistence.claim({
        ...request,
        ...(exceptRuns.length > 0 ? { exceptRuns } : {}),
      });
      const readAt = engine.clock.monotonic();
      return claimed.map((stage) => ({ ...stage, readAt }));
    } catch (error) {
      const runId = runOfDamagedRow(error);
      if (runId === undefined || found === DAMAGED_MAX) throw error;
      engine.damagedRuns.add(runId, engine.clock.monotonic());
      engine.logger.log("error", "claims pass over a run with a damaged row", { runId, error });
    }
  }
}
