import type { SeenSession } from "@pawl/kernel/ports";
import { lockNumber } from "./own-heartbeat.ts";
import type { PostgresStore } from "./store.ts";

/** After a start of the server its clients need some time to come back and lock again. */
const START = "pg_postmaster_start_time() > clock_timestamp() - interval '5 seconds'";

/**
 * Sessions whose connection let go of its lock: whoever looks takes it for an instant, together
 * with others who look.
 */
export function deadSessions(
  { connection, schema }: PostgresStore,
  namespace: string,
): Promise<readonly SeenSession[]> {
  const text = schema.text(
    "dead sessions",
    () =>
      `SELECT id, version FROM ${schema.tables.workers.sql} WHERE namespace = ?` +
      " AND status IN ('active', 'draining')" +
      ` AND CASE WHEN lock_name IS NULL OR ${START} THEN false` +
      ` ELSE pg_try_advisory_xact_lock_shared(${lockNumber("lock_name")}) END`,
  );
  return connection.call("deadSessions", async (session) => {
    const rows = await session.repeat({ text, params: [namespace] });
    return rows.map(([id, version]) => ({ id: String(id), version: Number(version) }));
  });
}
