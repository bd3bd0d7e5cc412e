import { readFileSync } from "node:fs";
import Database from "better-sqlite3";

export interface LogRead {
  /** Transactions that wrote. */
  readonly commits: number;
  readonly bytes: number;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const PAGE_SIZE_AT = 8;
const COMMIT_SIZE_AT = 4;

/**
 * What a write-ahead log holds: of the frames of a transaction, the last names the size of the
 * database after it. https://www.sqlite.org/fileformat.html#the_write_ahead_log
 */
function readLog(log: Buffer): LogRead {
  if (log.length < HEADER_BYTES) return { commits: 0, bytes: 0 };
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(PAGE_SIZE_AT);
  let commits = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    if (log.readUInt32BE(at + COMMIT_SIZE_AT) > 0) commits += 1;
  }
  return { commits, bytes: log.length };
}

/** Keeps a database's log from being reset, so that all written meanwhile is in the file. */
export class LogRecording {
  readonly #path: string;
  readonly #database: Database.Database;

  private constructor(path: string, database: Database.Database) {
    this.#path = path;
    this.#database = database;
  }

  static async begin(path: string): Promise<LogRecording> {
    emptyLog(path);
    const database = new Database(path, { readonly: true });
    database.prepare("BEGIN").run();
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return new LogRecording(path, database);
  }

  end(): LogRead {
    const read = readLog(readFileSync(`${this.#path}-wal`));
    this.#database.prepare("COMMIT").run();
    this.#database.close();
    return read;
  }
}

function emptyLog(path: string): void {
  const database = new Database(path);
  const [row] = database.pragma("wal_checkpoint(TRUNCATE)") as [{ readonly busy: number }];
  database.close();
  if (row.busy !== 0) throw new Error(`the log of ${path} is in use and can't be emptied`);
}
