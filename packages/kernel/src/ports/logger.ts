import type { LogLevel } from "../state/records.ts";

/** Structured log of the engine itself. */
export interface Logger {
  log(level: LogLevel, message: string, facts: Readonly<Record<string, unknown>>): void;
}
