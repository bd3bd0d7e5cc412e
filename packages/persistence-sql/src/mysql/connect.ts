import type { ObservedCall } from "../observed-call.ts";
import { MysqlConnections } from "./connections.ts";
import { loadDriver, type MysqlPool } from "./driver.ts";
import { translateOpening } from "./errors.ts";
import { PoolSessions } from "./pool-sessions.ts";
import { settings } from "./settings.ts";
import { parseUrl } from "./url.ts";

interface Common {
  /** After how long the server interrupts a statement. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** Told the cost of every call, for tests and measurements. */
  readonly observe?: (call: ObservedCall) => void;
}

interface ByUrl extends Common {
  /** `mariadb://user:password@host:3306/database`; `mysql://` too. `?ssl=true` for TLS. */
  readonly url: string;
  readonly pool?: never;
  /** Connections at most. Default 10. */
  readonly poolMax?: number;
}

interface ByPool extends Common {
  /** A pool of the package `mariadb`, which `close` leaves open. */
  readonly pool: MysqlPool;
  readonly url?: never;
  readonly poolMax?: number;
}

export type ConnectOptions = ByUrl | ByPool;

const POOL_MAX = 10;
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** What a call may take beyond its slowest statement. */
const ANSWER_GRACE_MS = 5_000;

/** Connections to a server that answers; they are set as the engine needs them. */
export async function connectServer(options: ConnectOptions): Promise<MysqlConnections> {
  const { observe, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const answerTimeoutMs = statementTimeoutMs + ANSWER_GRACE_MS;
  if (options.pool !== undefined) {
    const { pool } = options;
    const place = "the database of the given pool";
    const sessions = new PoolSessions({ pool, place, ownsPool: false });
    return new MysqlConnections({ sessions, answerTimeoutMs, observe });
  }
  const { place, config } = parseUrl(options.url);
  const { createPool, createConnection } = await loadDriver();
  const bounded = { ...config, connectTimeout: CONNECT_TIMEOUT_MS, logParam: false };
  try {
    // A pool would try until its time is up, and say less.
    await (await createConnection(bounded)).end();
  } catch (error) {
    throw translateOpening(error, place);
  }
  const pool = createPool({
    ...bounded,
    acquireTimeout: CONNECT_TIMEOUT_MS,
    connectionLimit: options.poolMax ?? POOL_MAX,
    minimumIdle: 0,
    noControlAfterUse: true,
    initSql: [...settings(statementTimeoutMs)],
  });
  const sessions = new PoolSessions({ pool, place, ownsPool: true });
  return new MysqlConnections({ sessions, answerTimeoutMs, observe });
}
