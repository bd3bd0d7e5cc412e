import type { Clock, Logger } from "@pawl/kernel/ports";
import { systemClock } from "./system-clock.ts";
import { textLine } from "./text-line.ts";

export type LogLevel = Parameters<Logger["log"]>[0];

export interface ConsoleLoggerOptions {
  /** Lines below it are dropped. Default "info". */
  readonly level?: LogLevel;
  /** `json`: for programs that read it. `text`: for people. Default "json". */
  readonly format?: "json" | "text";
  /** Takes a line without its end. Default: standard error. */
  readonly write?: (line: string) => void;
  readonly clock?: Pick<Clock, "now">;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * One line for each thing, never throwing: a JSON object of `time`, `level`, `message` and the
 * facts, or the same as text without the time.
 */
export function createConsoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const { level: least = "info", format = "json", clock = systemClock } = options;
  const write = options.write ?? ((line) => void process.stderr.write(`${line}\n`));
  return {
    log(level, message, facts) {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      const time = new Date(clock.now()).toISOString();
      const bare = { time, level, message };
      write(
        format === "text"
          ? guarded(() => textLine(level, message, facts), `${level}: ${message}`)
          : guarded(() => jsonLine({ ...bare, ...facts }), JSON.stringify(bare)),
      );
    },
  };
}

/** Facts that can't be written, such as circular ones, leave a line without them. */
function guarded(line: () => string, bare: string): string {
  try {
    return line();
  } catch {
    return bare;
  }
}

const jsonLine = (line: object): string =>
  JSON.stringify(line, (_key, value: unknown) => plain(value));

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  const { code, details } = value as { code?: unknown; details?: unknown };
  return { name, message, code, details, stack, cause };
}
