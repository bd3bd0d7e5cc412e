import { decideYieldStage } from "../decide/yield-stage.ts";
import type { AnsweredBeat, Commands, WorkerBeat } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { LiveExecution, LiveSession } from "../engine/live-sessions.ts";
import type { HeartbeatReply } from "../ports/heartbeat.ts";
import { stageKeyText } from "../state/ids.ts";
import { hasProgressed } from "./last-seq.ts";

/**
 * Renews a session, unless that was done elsewhere, and tells its executions what the database
 * says of their stages. One that this process did not register, or has given up, can't execute
 * here and is not renewed.
 */
export async function beatWorker(
  engine: Engine,
  { session, answered }: Commands["worker.beat"][0],
): Promise<WorkerBeat> {
  const live = engine.sessions.get(session.id);
  if (!live) return GONE;
  const { reply, before, known } = answered
    ? { ...answered, known: live.begunBefore(answered.before) }
    : await beat(engine, live);
  if (engine.sessions.get(session.id) !== live) return GONE;
  if (reply.alive) {
    live.renewed(before);
    live.draining ||= reply.draining;
    tell(live, known, reply);
    await releaseOrphans(engine, live, reply);
  } else {
    live.stopAll("lost");
    engine.sessions.delete(session.id);
  }
  return { alive: reply.alive, draining: reply.draining };
}

const GONE: WorkerBeat = { alive: false, draining: false };

interface Beaten extends AnsweredBeat {
  /** Executions that began before the request was sent. */
  readonly known: readonly LiveExecution[];
}

async function beat(engine: Engine, live: LiveSession): Promise<Beaten> {
  const before = engine.clock.monotonic();
  const known = live.executions();
  const { ref, ttlMs } = live;
  const reply = await engine.persistence.heartbeat(ref, { ttlMs, load: known.length });
  return { reply, before, known };
}

/** Only executions known before the request: one that began meanwhile is not in the reply. */
function tell(live: LiveSession, known: readonly LiveExecution[], reply: HeartbeatReply): void {
  const owned = new Map(reply.owned.map((stage) => [stageKeyText(stage.key), stage]));
  const running = new Set(live.executions());
  for (const execution of known) {
    if (!running.has(execution)) continue;
    const stage = owned.get(stageKeyText(execution.key));
    if (!stage || stage.fence !== execution.fence) execution.stop("lost");
    else if (stage.held) execution.hold();
  }
}

/** Stops every execution of sessions whose own deadline has passed; gives up those without any. */
export function expireSessions(engine: Engine): void {
  const now = engine.clock.monotonic();
  for (const session of engine.sessions.values()) {
    if (now <= session.deadline) continue;
    session.stopAll("expired");
    if (session.load === 0) engine.sessions.delete(session.ref.id);
  }
}

/**
 * A stage that the database says is ours and that nothing here executes, at two heartbeats in a
 * row, was left behind by an execution that could not commit its end: it is given back.
 */
async function releaseOrphans(
  engine: Engine,
  live: LiveSession,
  reply: HeartbeatReply,
): Promise<void> {
  const running = new Set(live.executions().map((execution) => stageKeyText(execution.key)));
  const idle = reply.owned.filter((stage) => !running.has(stageKeyText(stage.key)));
  const orphans = idle.filter((stage) => live.wasIdle(stage));
  live.rememberIdle(idle);
  for (const { key, fence } of orphans) {
    const commitId = engine.ids.newId();
    const row = await engine.persistence.query.get("stages", key);
    const progressed = row !== undefined && (await hasProgressed(engine, row));
    const plan = decideYieldStage({ commitId, stage: key, fence, progressed });
    await engine.commits.commit(plan, row ? [row] : []);
  }
}
