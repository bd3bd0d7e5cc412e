import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface LogRead {
  /** Transactions that wrote. */
  readonly commits: number;
  readonly bytes: number;
}

const PROGRAM = fileURLToPath(new URL("../processes/reader.ts", import.meta.url));
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

/**
 * Keeps a database's log from being reset, so that all written meanwhile is in the file. Another
 * process reads on, so that it does not matter which copy of SQLite the engine has.
 */
export class LogRecording {
  readonly #path: string;
  readonly #reader: ChildProcess;

  private constructor(path: string, reader: ChildProcess) {
    this.#path = path;
    this.#reader = reader;
  }

  /** @throws Error when the log is in use and can't be emptied first */
  static async begin(path: string): Promise<LogRecording> {
    const reader = fork(PROGRAM, [path], { execArgv: ["--conditions=source"] });
    const [said] = (await Promise.race([once(reader, "message"), once(reader, "exit")])) as [
      unknown,
    ];
    if (said !== "reading") throw new Error(`the log of ${path} can't be held: ${said}`);
    return new LogRecording(path, reader);
  }

  async end(): Promise<LogRead> {
    const read = readLog(readFileSync(`${this.#path}-wal`));
    const gone = once(this.#reader, "exit");
    this.#reader.disconnect();
    await gone;
    return read;
  }
}
