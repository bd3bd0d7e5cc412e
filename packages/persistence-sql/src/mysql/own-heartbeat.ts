import { randomUUID } from "node:crypto";
import type { SeparateHeartbeat } from "@pawl/kernel/ports";
import type { Connection } from "mariadb";
import { mysqlDialect } from "../dialects/mysql.ts";
import { type Link, LinkedHeartbeat } from "../heartbeat/linked-heartbeat.ts";
import type { MysqlPlace } from "../heartbeat-descriptor.ts";
import { createSchema } from "../statements/schema.ts";
import { MysqlConnections } from "./connections.ts";
import { ANSWERS, loadDriver, type MysqlConnection, type MysqlDriver } from "./driver.ts";
import { translate } from "./errors.ts";
import { beatSession } from "./heartbeats.ts";
import { serverOf } from "./server.ts";
import { settings } from "./settings.ts";
import { parseUrl } from "./url.ts";

const TIMEOUT_MS = 5_000;

/** A heartbeat on a connection of its own, whose user lock tells the server that it lives. */
export async function openOwnHeartbeat(place: MysqlPlace): Promise<SeparateHeartbeat> {
  const driver = await loadDriver();
  return new LinkedHeartbeat({
    connect: (lost) => connect(driver, place, lost),
    newName: () => `pawl ${randomUUID()}`,
    now: () => performance.now(),
  });
}

async function connect(
  driver: MysqlDriver,
  { url, tablePrefix }: MysqlPlace,
  lost: () => void,
): Promise<Link> {
  const { place } = parseUrl(url);
  const connection = await newConnection(driver, url);
  connection.on("end", lost);
  // Ends right after, which is what counts.
  connection.on("error", () => {});
  const version = String(await ask(connection, "SELECT VERSION()"));
  const schema = createSchema(mysqlDialect(serverOf(version, place)), tablePrefix);
  const store = { schema, now: () => null };
  const connections = new MysqlConnections({
    pool: { getConnection: async () => lent(connection), end: async () => undefined },
    place,
    answerTimeoutMs: TIMEOUT_MS,
    ownsPool: false,
  });
  return {
    lock: async (name) => {
      await ask(connection, "SELECT GET_LOCK(?, 5)", [name]);
    },
    isLockSeen: (name) => isLockSeen(driver, { connection, url, name }),
    beat: (ref, beat) =>
      connections.use("heartbeat", (session) => beatSession(store, session, { ref, beat })),
    close: () => connection.end(),
  };
}

async function newConnection(driver: MysqlDriver, url: string): Promise<Connection> {
  const { place, config } = parseUrl(url);
  try {
    return await driver.createConnection({
      ...config,
      connectTimeout: TIMEOUT_MS,
      logParam: false,
      initSql: [...settings(TIMEOUT_MS)],
    });
  } catch (error) {
    throw translate(error, place);
  }
}

/** The one connection, as a pool of one would give it. */
const lent = (connection: Connection): MysqlConnection =>
  Object.assign(connection, { release: async () => undefined });

async function ask(
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
async function isLockSeen(
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
