import type { Session } from "./session.ts";
import type { MysqlStore } from "./store.ts";

/** After a start of the server its clients need some time to come back and lock again. */
const START_S = 5;

/** Sessions whose connection let go of its lock. */
export async function deadSessions(
  { schema }: MysqlStore,
  session: Session,
  namespace: string,
): Promise<readonly string[]> {
  const text = schema.text(
    "dead sessions",
    () =>
      `SELECT id FROM ${schema.tables.workers.sql} WHERE namespace = ?` +
      " AND status IN ('active', 'draining')" +
      " AND CASE WHEN lock_name IS NULL THEN 0 ELSE IS_FREE_LOCK(lock_name) END = 1",
  );
  const rows = await session.all({ text, params: [namespace] });
  if (rows.length === 0 || (await secondsUp(session)) < START_S) return [];
  return rows.map(([id]) => String(id));
}

async function secondsUp(session: Session): Promise<number> {
  const text = "SHOW GLOBAL STATUS LIKE 'Uptime'";
  const [row] = await session.all({ text, params: [] });
  return Number(row?.[1]);
}
