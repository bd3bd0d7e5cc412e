import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { SeedRange } from "./range.ts";

/** One line of the file of finished ranges. */
interface Line extends SeedRange {
  /** What it was played on. */
  readonly adapter: string;
  /** How many runs that were, where they are what counts. */
  readonly runs?: number;
  /** State of the code that was played. */
  readonly commit: string;
  readonly found: readonly string[];
}

/** A range as it was played, with a line for each problem that shows it again. */
export interface Finished extends SeedRange {
  readonly adapter: string;
  readonly runs?: number;
  readonly found: readonly { readonly repro: string }[];
}

/** Finished ranges, one JSON object a line, so that a long run goes on where it was. */
export class Ledger {
  readonly #path: string;
  readonly #commit: string;
  readonly #lines: Line[];

  constructor(path: string, commit: string) {
    this.#path = path;
    this.#commit = commit;
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    this.#lines = text.split("\n").flatMap(lineOf);
  }

  add({ from, to, adapter, runs, found }: Finished): void {
    const line = {
      from,
      to,
      adapter,
      ...(runs === undefined ? {} : { runs }),
      commit: this.#commit,
      found: found.map(({ repro }) => repro),
    };
    this.#lines.push(line);
    mkdirSync(dirname(this.#path), { recursive: true });
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }

  /** What was found in a range that was played with this code and adapter: lines that show it. */
  foundBefore({ from, to }: SeedRange, adapter: string): readonly string[] {
    return this.#lines
      .filter((line) => line.commit === this.#commit && line.adapter === adapter)
      .filter((line) => line.from <= to && line.to >= from)
      .flatMap(({ found }) => found);
  }

  /** How many runs were played with this code and adapter, as far as that was counted. */
  runsBefore(adapter: string): number {
    return this.#lines
      .filter((line) => line.commit === this.#commit && line.adapter === adapter)
      .reduce((sum, { runs = 0 }) => sum + runs, 0);
  }

  /** What of a range was not played yet with this code and adapter, in pieces of at most `size`. */
  left({ from, to }: SeedRange, adapter: string, size: number): readonly SeedRange[] {
    const done = this.#lines
      .filter((line) => line.commit === this.#commit && line.adapter === adapter)
      .sort((a, b) => a.from - b.from);
    const pieces: SeedRange[] = [];
    let next = from;
    for (const line of [...done, { from: to + 1, to: to + 1 }]) {
      const end = Math.min(line.from - 1, to);
      for (; next <= end; next += size) {
        pieces.push({ from: next, to: Math.min(next + size - 1, end) });
      }
      next = Math.max(Math.min(next, end + 1), line.to + 1);
    }
    return pieces;
  }
}

/** A line that was cut off by the end of a process counts as not written. */
function lineOf(text: string): Line[] {
  try {
    return text === "" ? [] : [JSON.parse(text) as Line];
  } catch {
    return [];
  }
}
