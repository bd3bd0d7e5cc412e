import type { HeartbeatReply, OwnedStage, SeenSession, SessionRef } from "@pawl/kernel/ports";
import { type LockedBeat, ownedStatement } from "../statements/heartbeat.ts";
import type { SqlRow, Statement } from "../statements/statement.ts";
import type { Session } from "./session.ts";
import { type MysqlStore, nowStatement } from "./store.ts";

type Beating = Pick<MysqlStore, "schema" | "now">;

/** After a start of the server its clients need some time to come back and lock again. */
const START_S = 5;

/** Renews a session and answers what it owns. */
export async function beatSession(
  store: Beating,
  session: Session,
  { ref, beat }: { readonly ref: SessionRef; readonly beat: LockedBeat },
): Promise<HeartbeatReply> {
  const renewed = await session.autocommit(() => session.change(beatStatement(store, ref, beat)));
  if (renewed === 0) {
    const [time] = await session.all(nowStatement(store));
    const now = Number(time?.[0]);
    return { alive: false, draining: false, owned: [], expiresAt: now, dbNow: now };
  }
  session.commits += 1;
  const [worker, owned = []] = await session.allOf([
    workerStatement(store, ref),
    ownedStatement(store.schema, ref),
  ]);
  const [status, dbNow] = worker?.[0] ?? [];
  return {
    alive: true,
    draining: status === "draining",
    owned: owned.map(ownedStage),
    expiresAt: Number(dbNow) + beat.ttlMs,
    dbNow: Number(dbNow),
  };
}

function beatStatement(
  { schema, now }: Beating,
  { id, epoch }: SessionRef,
  { ttlMs, load, lockName = null }: LockedBeat,
): Statement {
  const { dialect } = schema;
  const text = schema.text(
    "beat",
    () =>
      `UPDATE ${schema.tables.workers.sql} SET expires_at = ${dialect.now} + ?,` +
      ` beat_at = ${dialect.now}, ${dialect.quote("load")} = ?, lock_name = ?,` +
      " version = version + 1" +
      " WHERE id = ? AND epoch = ? AND status <> 'gone'",
  );
  const instant = dialect.nowParams(now());
  return { text, params: [...instant, ttlMs, ...instant, load, lockName, id, epoch] };
}

/** What a session was renewed at. */
function workerStatement({ schema }: Beating, { id }: SessionRef): Statement {
  const { workers } = schema.tables;
  const text = schema.text(
    "beaten",
    () => `SELECT status, beat_at FROM ${workers.sql} WHERE id = ?`,
  );
  return { text, params: [id] };
}

function ownedStage(row: SqlRow): OwnedStage {
  const [runId, stageId, ...numbers] = row as [string, string, ...number[]];
  const [mapIndex = 0, generation = 0, fence = 0, held, inbox = 0] = numbers;
  return { key: { runId, stageId, mapIndex, generation }, fence, held: held === 1, inbox };
}

/** Sessions whose connection let go of its lock. */
export async function deadSessions(
  { schema }: MysqlStore,
  session: Session,
  namespace: string,
): Promise<readonly SeenSession[]> {
  const text = schema.text(
    "dead sessions",
    () =>
      `SELECT id, version FROM ${schema.tables.workers.sql} WHERE namespace = ?` +
      " AND status IN ('active', 'draining')" +
      " AND CASE WHEN lock_name IS NULL THEN 0 ELSE IS_FREE_LOCK(lock_name) END = 1",
  );
  const rows = await session.all({ text, params: [namespace] });
  if (rows.length === 0 || (await secondsUp(session)) < START_S) return [];
  return rows.map(([id, version]) => ({ id: String(id), version: Number(version) }));
}

async function secondsUp(session: Session): Promise<number> {
  const text = "SHOW GLOBAL STATUS LIKE 'Uptime'";
  const [row] = await session.all({ text, params: [] });
  return Number(row?.[1]);
}
