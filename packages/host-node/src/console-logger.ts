import type { Clock, Logger } from "@pawl/kernel/ports";
import { systemClock } from "./system-clock.ts";

export type LogLevel = Parameters<Logger["log"]>[0];

export interface ConsoleLoggerOptions {
  /** Lines below it are dropped. Default "info". */
  readonly level?: LogLevel;
  /** Takes a line without its end. Default: standard error. */
  readonly write?: (line: string) => void;
  readonly clock?: Pick<Clock, "now">;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** One JSON object a line: `time`, `level`, `message` and the facts. Never throws. */
export function createConsoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const { level: least = "info", clock = systemClock } = options;
  const write = options.write ?? ((line) => void process.stderr.write(`${line}\n`));
  return {
    log(level, message, facts) {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      const time = new Date(clock.now()).toISOString();
      write(lineOf({ time, level, message, ...facts }, { time, level, message }));
    },
  };
}

/** Facts that can't be written, such as circular ones, leave a line without them. */
function lineOf(full: object, bare: object): string {
  try {
    return JSON.stringify(full, (_key, value: unknown) => plain(value));
  } catch {
    return JSON.stringify(bare);
  }
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  const { code, details } = value as { code?: unknown; details?: unknown };
  return { name, message, code, details, stack, cause };
}
