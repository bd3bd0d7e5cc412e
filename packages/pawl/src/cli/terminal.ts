import type { Environment } from "../locations.ts";

/** What a command sees of the process that runs it. */
export interface Terminal {
  readonly env: Environment;
  /** Writes a line of the result. */
  out(line: string): void;
  /** Writes a line about what went wrong. */
  complain(line: string): void;
}

/** 0: done; 1: it failed; 2: it was not asked well. */
export type ExitCode = 0 | 1 | 2;
