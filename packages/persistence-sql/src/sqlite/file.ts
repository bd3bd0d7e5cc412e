import { EngineError } from "@pawl/kernel";
import type { ObservedCall } from "../observed-call.ts";
import { SqliteConnection } from "./connection.ts";
import { loadDriver } from "./driver.ts";
import { translate } from "./errors.ts";
import { preparePlace } from "./place.ts";

export interface FileOptions {
  /** File of the database; it and its folder are created when absent. */
  readonly path: string;
  /**
   * `FULL` (default): a commit that was answered survives loss of power. `NORMAL`: it survives a
   * crash of the process, and after loss of power the last ones may be gone, never half of one.
   */
  readonly synchronous?: "FULL" | "NORMAL";
  /** How long one try may block this thread while another process writes. 0–50, default 10. */
  readonly busyTimeoutMs?: number;
  /** After how long of tries a call gives up with E_DATABASE_LOCKED. Default 10,000. */
  readonly lockTimeoutMs?: number;
  /** Told the cost of every call, for tests and measurements. */
  readonly observe?: (call: ObservedCall) => void;
}

const BUSY_TIMEOUT_MS = 10;
const BUSY_TIMEOUT_MS_MAX = 50;
const LOCK_TIMEOUT_MS = 10_000;
const LOG_BYTES_MAX = 64 * 1024 * 1024;

/** A connection to a file with a write-ahead log; the file is made when it is absent. */
export async function connectFile(options: FileOptions): Promise<SqliteConnection> {
  const connection = await connect(options);
  try {
    await connection.alone("open", () => configure(connection, options));
    return connection;
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

async function connect(options: FileOptions): Promise<SqliteConnection> {
  const timeout = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  if (!Number.isInteger(timeout) || timeout < 0 || timeout > BUSY_TIMEOUT_MS_MAX) {
    throw new EngineError(
      "E_ARGUMENT_INVALID",
      `busyTimeoutMs ${timeout} is not a whole number from 0 to ${BUSY_TIMEOUT_MS_MAX}: the ` +
        "thread stands still meanwhile; to wait longer set lockTimeoutMs",
    );
  }
  const Driver = await loadDriver();
  const path = preparePlace(options.path);
  try {
    const lockTimeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
    const { observe } = options;
    return new SqliteConnection(new Driver(path, { timeout }), { path, lockTimeoutMs, observe });
  } catch (error) {
    throw translate(error, path);
  }
}

function configure({ database, path }: SqliteConnection, options: FileOptions): void {
  const mode = database.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal" && path !== ":memory:") {
    throw new EngineError(
      "E_UNSUPPORTED",
      `${path} can't have a write-ahead log here (journal mode is ${mode}): use a local disk`,
    );
  }
  database.pragma(`synchronous = ${options.synchronous === "NORMAL" ? "NORMAL" : "FULL"}`);
  database.pragma(`journal_size_limit = ${LOG_BYTES_MAX}`);
  database.pragma("temp_store = MEMORY");
  database.pragma("trusted_schema = OFF");
}
