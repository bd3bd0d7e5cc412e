import type { Connection } from "mariadb";
import { MysqlConnections } from "./connections.ts";
import { ANSWERS, type MysqlConnection, type MysqlDriver } from "./driver.ts";
import { translate } from "./errors.ts";
import { PoolSessions } from "./pool-sessions.ts";
import { settings } from "./settings.ts";
import { parseUrl } from "./url.ts";

/** After which a heartbeat is not waited for. */
const ANSWER_MS = 5_000;

/** A connection beside the pool, set as those of the pool are. */
export async function newConnection(driver: MysqlDriver, url: string): Promise<Connection> {
  const { place, config } = parseUrl(url);
  try {
    return await driver.createConnection({
      ...config,
      connectTimeout: ANSWER_MS,
      logParam: false,
      initSql: [...settings(ANSWER_MS)],
    });
  } catch (error) {
    throw translate(error, place);
  }
}

/** Calls on this one connection, as a pool of one would take them. */
export function callsOn(connection: Connection, place: string): MysqlConnections {
  const lent: MysqlConnection = Object.assign(connection, { release: async () => undefined });
  const pool = { getConnection: async () => lent, end: async () => undefined };
  const sessions = new PoolSessions({ pool, place, ownsPool: false });
  return new MysqlConnections({ sessions, answerTimeoutMs: ANSWER_MS });
}

/** The one value that a text answers. */
export async function ask(
  connection: Connection,
  sql: string,
  values: readonly string[] = [],
): Promise<unknown> {
  const rows: unknown[][] = await connection.query({ sql, ...ANSWERS }, [...values]);
  return rows[0]?.[0];
}

interface Locking {
  readonly connection: Connection;
  readonly url: string;
  readonly name: string;
}

/**
 * Looks through another connection, which keeps one of a pooler busy meanwhile. Nodes of a
 * cluster don't see each other's locks.
 */
export async function isLockSeen(
  driver: MysqlDriver,
  { connection, url, name }: Locking,
): Promise<boolean> {
  let other: Connection | undefined;
  try {
    if (await isCluster(connection)) return false;
    const before = await ask(connection, "SELECT CONNECTION_ID()");
    other = await newConnection(driver, url);
    await other.query("START TRANSACTION");
    const elsewhere = await ask(other, "SELECT CONNECTION_ID()");
    const holder = await ask(other, "SELECT IS_USED_LOCK(?)", [name]);
    const after = await ask(connection, "SELECT CONNECTION_ID()");
    return before === after && before !== elsewhere && holder === before;
  } catch {
    return false;
  } finally {
    await other?.end().catch(() => undefined);
  }
}

/** Of Galera, whose nodes each have locks of their own. */
async function isCluster(connection: Connection): Promise<boolean> {
  const sql = "SHOW GLOBAL VARIABLES LIKE 'wsrep_on'";
  const rows: unknown[][] = await connection.query({ sql, ...ANSWERS });
  return rows[0]?.[1] === "ON";
}
