import type { JobClaim } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { definitionsOf } from "../engine/sweep.ts";
import type { ClaimedStage } from "../state/snapshot.ts";

/** Makes ready and due stages this session's own. */
export async function claimJobs(
  engine: Engine,
  command: JobClaim,
): Promise<readonly ClaimedStage[]> {
  const { session, limit, queues, stages, alone } = command;
  return engine.persistence.claim({
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
