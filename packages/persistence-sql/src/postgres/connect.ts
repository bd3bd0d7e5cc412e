import { EngineError } from "@pawl/kernel";
import { PostgresConnection } from "./connection.ts";
import { loadPostgres, type PostgresPool } from "./driver.ts";
import type { PostgresPersistenceOptions } from "./options.ts";
import { placeOf } from "./place.ts";
import { PoolLink } from "./pool-link.ts";

const POOL_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** A new connection plans anew, for tables as large as they are by then. */
const CONNECTION_LIFETIME_S = 600;

/** Calls on a pool of pg, which is left open when it is the caller's. */
export function connectPool(
  pool: PostgresPool,
  options: PostgresPersistenceOptions,
): PostgresConnection {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS, prepare = true, observe } = options;
  const ownsPool = options.pool === undefined;
  const place = placeOf(options);
  return new PostgresConnection(
    new PoolLink({ pool, ownsPool, place, statementTimeoutMs, prepare }),
    observe,
  );
}

/** The caller's pool, or one for a URL; it connects when it is asked to. */
export async function poolOf(options: PostgresPersistenceOptions): Promise<PostgresPool> {
  if (options.pool) return options.pool;
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
