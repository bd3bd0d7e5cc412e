import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

/** What a worker did: came, entered the body of a step, left it with its value. */
export interface JournalLine {
  readonly did: "joined" | "entered" | "left";
  readonly pid: number;
  readonly at: number;
  /** Idempotency key of the step, which also names its stage; empty for `joined`. */
  readonly step: string;
}

/**
 * What really ran, written by the bodies of the steps themselves. The engine does not know of it,
 * so it can be held against the engine's records.
 */
export class Journal {
  readonly #path: string;
  #readTo = 0;
  #lines: readonly JournalLine[] = [];

  constructor(directory: string) {
    this.#path = join(directory, "bodies.ndjson");
  }

  /** On the disk's way before it returns: a kill afterwards does not take the line back. */
  write(did: JournalLine["did"], step = ""): void {
    const line: JournalLine = { did, pid: process.pid, at: Date.now(), step };
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }

  /** All lines so far, of all processes, in the order in which they were written. */
  read(): readonly JournalLine[] {
    const added = existsSync(this.#path) ? this.#readOn() : "";
    const end = added.lastIndexOf("\n") + 1;
    if (end === 0) return this.#lines;
    this.#readTo += Buffer.byteLength(added.slice(0, end));
    const lines = added.slice(0, end - 1).split("\n");
    this.#lines = [...this.#lines, ...lines.map((line) => JSON.parse(line) as JournalLine)];
    return this.#lines;
  }

  #readOn(): string {
    const file = openSync(this.#path, "r");
    try {
      const buffer = Buffer.alloc(Math.max(0, fstatSync(file).size - this.#readTo));
      const bytes = readSync(file, buffer, 0, buffer.length, this.#readTo);
      return buffer.toString("utf8", 0, bytes);
    } finally {
      closeSync(file);
    }
  }
}
