import { stageKeyText } from "../state/ids.ts";
import type { HeartbeatReply } from "../ports/persistence.ts";
import type { Commands, WorkerBeat } from "./command.ts";
import type { Engine } from "./engine.ts";
import type { LiveSession } from "./live-sessions.ts";

/** Renews a session and tells its executions what the database says of their stages. */
export async function beatWorker(
  engine: Engine,
  { session }: Commands["worker.beat"][0],
): Promise<WorkerBeat> {
  const live = engine.sessions.get(session.id);
  const before = engine.clock.monotonic();
  const known = live?.executions() ?? [];
  const ttlMs = live?.ttlMs ?? engine.limits.leaseTtlMs;
  const reply = await engine.persistence.heartbeat(session, { ttlMs, load: known.length });
  if (live && reply.alive) {
    live.deadline = before + ttlMs - engine.limits.leaseMarginMs;
    live.draining ||= reply.draining;
    tell(live, known, reply);
  }
  if (live && !reply.alive) live.stopAll("lost");
  return { alive: reply.alive, draining: reply.draining };
}

/** Only executions known before the request: one that began meanwhile is not in the reply. */
function tell(
  live: LiveSession,
  known: ReturnType<LiveSession["executions"]>,
  reply: HeartbeatReply,
): void {
  const owned = new Map(reply.owned.map((stage) => [stageKeyText(stage.key), stage]));
  const running = new Set(live.executions());
  for (const execution of known) {
    if (!running.has(execution)) continue;
    const stage = owned.get(stageKeyText(execution.key));
    if (!stage || stage.fence !== execution.fence) execution.stop("lost");
    else if (stage.held) execution.hold();
  }
}

/** Stops every execution of sessions whose own deadline has passed. */
export function expireSessions(engine: Engine): void {
  const now = engine.clock.monotonic();
  for (const session of engine.sessions.values()) {
    if (now > session.deadline) session.stopAll("expired");
  }
}
