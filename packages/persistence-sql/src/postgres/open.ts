import { EngineError } from "@pawl/kernel";
import type { EpochMs, Persistence } from "@pawl/kernel/ports";
import { postgresDialect } from "../dialects/postgres.ts";
import type { PostgresPlace } from "../heartbeat-descriptor.ts";
import { POSTGRES_MIGRATIONS } from "../migrations/postgres.generated.ts";
import { runMigrations } from "../migrations/runner.ts";
import type { ObservedCall } from "../observed-call.ts";
import { createSchema } from "../statements/schema.ts";
import { bellBeside } from "./bell/postgres-bell.ts";
import { PostgresConnection } from "./connection.ts";
import { loadPostgres, type PostgresPool } from "./driver.ts";
import { postgresMigrationStore } from "./migration-store.ts";
import { postgresPersistence } from "./persistence.ts";
import { placeOf } from "./place.ts";
import { PoolLink } from "./pool-link.ts";
import type { PostgresStore } from "./store.ts";

/** Either a URL, from which a pool is made, or a pool of the caller's, which stays open. */
type Server =
  | { readonly url: string; readonly pool?: never }
  | { readonly pool: PostgresPool; readonly url?: never };

export type PostgresPersistenceOptions = Server & {
  /** Schema of the tables: lower-case letters, digits and `_`. Default `public`. */
  readonly schema?: string;
  /** Put before the name of every table: lower-case letters, digits and `_`; none by default. */
  readonly tablePrefix?: string;
  /** Connections of a pool that is made here. Default 10. */
  readonly poolMax?: number;
  /** How long a connection may take to be made, or to become free. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** How long a statement may take before it is given up and cancelled. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /**
   * True: creates and changes tables. Default false, so that a URL that was set for something
   * else gets no tables: throws E_SCHEMA_MISSING.
   */
  readonly migrate?: boolean;
  /** False: no prepared statements, for poolers that lose them. Default true. */
  readonly prepare?: boolean;
  /**
   * False: processes do not tell each other of work, which is then found by polling, and there are
   * no connections beside the pool for it. Default true.
   */
  readonly notify?: boolean;
  /** Source of database time, for tests; the server's clock by default. */
  readonly clock?: { now(): EpochMs };
  /** Told the cost of every call, for tests and measurements. */
  readonly observe?: (call: ObservedCall) => void;
};

const POOL_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** A new connection plans anew, for tables as large as they are by then. */
const CONNECTION_LIFETIME_S = 600;

/** Opens a PostgreSQL database, version 14 or later, through pg. */
export async function createPostgresPersistence(
  options: PostgresPersistenceOptions,
): Promise<Persistence> {
  return postgresPersistence(await openPostgres(options));
}

async function openPostgres(options: PostgresPersistenceOptions): Promise<PostgresStore> {
  const { schema = "public", tablePrefix = "", notify = true } = options;
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS, prepare = true, observe } = options;
  const place = placeOf(options);
  // It connects when it is asked to, so nothing is open yet.
  const pool = options.pool ?? (await poolOf(options));
  const ownsPool = options.pool === undefined;
  const link = new PoolLink({ pool, ownsPool, place, statementTimeoutMs, prepare });
  const connect = async (): Promise<PostgresConnection> => new PostgresConnection(link, observe);
  return {
    ...(await openPostgresStore(connect, options)),
    bell: notify ? bellBeside(pool, { schema, prefix: tablePrefix, place }) : undefined,
    place: ownPlace(options, { schema, tablePrefix }),
  };
}

/** Tables of a persistence, whoever brings the connection. */
export type PostgresTables = Pick<
  PostgresPersistenceOptions,
  "schema" | "tablePrefix" | "migrate" | "clock"
>;

/** The parts of a persistence on a database whose schema was checked. */
export async function openPostgresStore(
  connect: () => Promise<PostgresConnection>,
  options: PostgresTables,
): Promise<PostgresStore> {
  const { schema: name = "public", tablePrefix = "", clock } = options;
  const schema = createSchema(postgresDialect, tablePrefix, name);
  const connection = await connect();
  const now = (): EpochMs | null => clock?.now() ?? null;
  try {
    const appliedAt = clock
      ? `${clock.now()}`
      : "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    const place = { schema: name, prefix: tablePrefix };
    const store = postgresMigrationStore(connection, place, appliedAt);
    const apply = options.migrate ?? false;
    await runMigrations(store, { migrations: POSTGRES_MIGRATIONS, apply });
    return { connection, schema, now };
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

/** Of a pool that was given, or with a clock for tests, there is none. */
const ownPlace = (
  { url, clock }: PostgresPersistenceOptions,
  names: { readonly schema: string; readonly tablePrefix: string },
): PostgresPlace | undefined =>
  url === undefined || clock ? undefined : { kind: "postgres", url, ...names };

async function poolOf(
  options: PostgresPersistenceOptions & { readonly url: string },
): Promise<PostgresPool> {
  const { url } = options;
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new EngineError(
      "E_CONFIG_INVALID",
      'url names no PostgreSQL server: give one like "postgres://user:password@host:5432/database"',
    );
  }
  const { Pool } = await loadPostgres();
  const pool = new Pool({
    connectionString: url,
    max: options.poolMax ?? POOL_MAX,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    maxLifetimeSeconds: CONNECTION_LIFETIME_S,
    keepAlive: true,
    application_name: "pawl",
  });
  // Of connections that nobody uses: the pool drops them, and the next call gets a new one.
  pool.on("error", () => {});
  return pool;
}
