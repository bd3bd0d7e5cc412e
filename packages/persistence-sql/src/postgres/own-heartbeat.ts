import { randomUUID } from "node:crypto";
import type { SeparateHeartbeat } from "@pawl/kernel/ports";
import type pg from "pg";
import { postgresDialect } from "../dialects/postgres.ts";
import { type Link, LinkedHeartbeat } from "../heartbeat/linked-heartbeat.ts";
import type { PostgresPlace } from "../heartbeat-descriptor.ts";
import { createSchema } from "../statements/schema.ts";
import { PostgresConnection } from "./connection.ts";
import { loadPostgres, type PostgresClient, type PostgresDriver } from "./driver.ts";
import { translate } from "./errors.ts";
import { heartbeat } from "./heartbeat.ts";
import { placeOf } from "./place.ts";
import { PoolLink } from "./pool-link.ts";

const TIMEOUT_MS = 5_000;

/** A heartbeat on a connection of its own, whose session lock tells the server that it lives. */
export async function openOwnHeartbeat(place: PostgresPlace): Promise<SeparateHeartbeat> {
  const driver = await loadPostgres();
  return new LinkedHeartbeat({
    connect: (lost) => connect(driver, place, lost),
    newName: () => `pawl ${randomUUID()}`,
    now: () => performance.now(),
  });
}

/** What stands for a lock's name, which a server knows by number. */
export const lockNumber = (name: string): string => `hashtextextended(${name}, 0)`;

async function connect(
  driver: PostgresDriver,
  { url, schema: name, tablePrefix }: PostgresPlace,
  lost: () => void,
): Promise<Link> {
  const client = newClient(driver, url);
  client.on("end", lost);
  // Ends right after, which is what counts.
  client.on("error", () => {});
  await client.connect().catch((error: unknown) => {
    throw translate(error, placeOf({ url }));
  });
  const link = new PoolLink({
    pool: { connect: (done) => done(undefined, lent(client)), end: async () => undefined },
    planned: undefined,
    ownsPools: false,
    place: placeOf({ url }),
    statementTimeoutMs: TIMEOUT_MS,
    // A statement in eight seconds gains nothing by it, and an old pooler would lose it.
    prepare: false,
  });
  const connection = new PostgresConnection(link);
  const schema = createSchema(postgresDialect, tablePrefix, name);
  const store = { connection, schema, now: () => null };
  return {
    lock: async (lock) => {
      await client.query(`SELECT pg_advisory_lock(${lockNumber("$1")})`, [lock]);
    },
    isLockSeen: (lock) => isLockSeen(driver, { client, url, lock }),
    beat: (session, beat) => heartbeat(store, session, beat),
    close: async () => {
      await client.end();
    },
  };
}

const newClient = ({ Client }: PostgresDriver, url: string): pg.Client =>
  new Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    keepAlive: true,
    application_name: "pawl heartbeat",
  });

/** The one client, as a pool of one would give it; one that is of no more use ends. */
const lent = (client: pg.Client): PostgresClient =>
  Object.assign(client, {
    release: (lost?: Error | boolean) => {
      if (lost) client.end().catch(() => undefined);
    },
  });

interface Locking {
  readonly client: pg.Client;
  readonly url: string;
  readonly lock: string;
}

/**
 * Looks through another connection, which keeps one of a pooler busy meanwhile: behind one both
 * may be the same, or the first one is another than before.
 */
async function isLockSeen(
  driver: PostgresDriver,
  { client, url, lock }: Locking,
): Promise<boolean> {
  const other = newClient(driver, url);
  other.on("error", () => {});
  const ask = async (of: pg.Client, text: string, values: readonly string[] = []) =>
    (await of.query({ text, values: [...values], rowMode: "array" })).rows[0]?.[0] as unknown;
  try {
    const before = await ask(client, "SELECT pg_backend_pid()");
    await other.connect();
    await other.query("BEGIN");
    const elsewhere = await ask(other, "SELECT pg_backend_pid()");
    const taken = `SELECT pg_try_advisory_xact_lock_shared(${lockNumber("$1")})`;
    const isFree = await ask(other, taken, [lock]);
    const after = await ask(client, "SELECT pg_backend_pid()");
    return before === after && before !== elsewhere && isFree === false;
  } catch {
    return false;
  } finally {
    await other.end().catch(() => undefined);
  }
}
