import { loadPostgres, type PostgresPool } from "./driver.ts";
import type { PostgresPersistenceOptions } from "./options.ts";
import { schemaOfUrl } from "./url.ts";

/** Batches of commits under way at once. More are smaller, and cost a server more. */
export const COMMIT_LANES = 3;

/** One for each lane, and one for claims. */
const PLANNED_MAX = COMMIT_LANES + 1;

/** Connections for everything; where there are enough, others for what is planned once. */
export interface PostgresPools {
  readonly pool: PostgresPool;
  readonly planned: PostgresPool | undefined;
}

const POOL_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** A new connection plans anew, for tables as large as they are by then. */
const CONNECTION_LIFETIME_S = 600;

/** The caller's pool, or those for a URL; they connect when they are asked to. */
export async function poolsOf(options: PostgresPersistenceOptions): Promise<PostgresPools> {
  if (options.pool) return { pool: options.pool, planned: undefined };
  const { url, poolMax = POOL_MAX } = options;
  schemaOfUrl(url);
  const { Pool } = await loadPostgres();
  const opened = (max: number, onConnect?: (client: Connected) => Promise<void>): PostgresPool => {
    const pool = new Pool({
      connectionString: url,
      max,
      connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      maxLifetimeSeconds: CONNECTION_LIFETIME_S,
      keepAlive: true,
      application_name: "pawl",
      ...(onConnect ? { onConnect } : {}),
    });
    // Of connections that nobody uses: the pool drops them, and the next call gets a new one.
    pool.on("error", () => {});
    return pool;
  };
  return poolMax <= PLANNED_MAX
    ? { pool: opened(poolMax), planned: undefined }
    : { pool: opened(poolMax - PLANNED_MAX), planned: opened(PLANNED_MAX, planOnce) };
}

/** What is asked of a connection that was made. */
export interface Connected {
  query(text: string, values: readonly unknown[]): Promise<unknown>;
}

/**
 * Lets the server plan a text once for any values, and not for those of the first five executions
 * before. Not where a pooler lends the connection to others: it names another process to the client
 * than the server does.
 */
export async function planOnce(client: Connected): Promise<void> {
  const { processID } = client as { readonly processID?: number | null };
  await client.query(
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', false)" +
      " WHERE pg_backend_pid() = $1",
    [processID ?? 0],
  );
}
