import { EngineError } from "../errors/engine-error.ts";
import { checkOptions, type OptionKinds } from "./check-options.ts";
import { type Duration, toMs } from "./duration.ts";

/** Matches an error by its class, `name` or `code`. */
export type ErrorMatch = string | (abstract new (...args: never[]) => Error);

export interface RetryOptions {
  /** Attempts in all, from 1; `Infinity` is allowed explicitly. */
  readonly maxAttempts?: number;
  readonly initialDelay?: Duration;
  /** Each delay is this many times the one before, at least 1. */
  readonly factor?: number;
  readonly maxDelay?: Duration;
  /** Share of the delay that chance may take away or add, 0 to 1. */
  readonly jitter?: number;
  /** When given, only these errors are tried again. */
  readonly retryOn?: readonly ErrorMatch[];
  /** Never tried again, even if `retryOn` names them. */
  readonly abortOn?: readonly ErrorMatch[];
}

const RETRY_OPTIONS: OptionKinds<RetryOptions> = {
  maxAttempts: "number?",
  initialDelay: "any?",
  factor: "number?",
  maxDelay: "any?",
  jitter: "number?",
  retryOn: "list?",
  abortOn: "list?",
};

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  readonly jitter: number;
  readonly retryOn: readonly ErrorMatch[] | undefined;
  readonly abortOn: readonly ErrorMatch[];
}

/** Steps try three times; a stage's attempt is not repeated unless its author says so. */
export const DEFAULT_STEP_RETRY: RetryPolicy = {
  maxAttempts: 3,
  initialDelayMs: 500,
  factor: 2,
  maxDelayMs: 60_000,
  jitter: 0.2,
  retryOn: undefined,
  abortOn: [],
};

export const DEFAULT_STAGE_RETRY: RetryPolicy = { ...DEFAULT_STEP_RETRY, maxAttempts: 1 };

/** Fills in defaults and checks the numbers. */
export function retryPolicy(
  options: RetryOptions | undefined,
  defaults: RetryPolicy,
  what: string,
): RetryPolicy {
  if (options === undefined) return defaults;
  checkOptions(what, options, RETRY_OPTIONS);
  const { maxAttempts = defaults.maxAttempts, factor = defaults.factor } = options;
  const jitter = options.jitter ?? defaults.jitter;
  const whole = Number.isInteger(maxAttempts) || maxAttempts === Number.POSITIVE_INFINITY;
  check(whole && maxAttempts >= 1, `${what}.maxAttempts`, maxAttempts, "a whole number from 1");
  check(factor >= 1, `${what}.factor`, factor, "a number from 1");
  check(jitter >= 0 && jitter <= 1, `${what}.jitter`, jitter, "between 0 and 1");
  return {
    maxAttempts,
    factor,
    jitter,
    initialDelayMs: toMs(options.initialDelay ?? defaults.initialDelayMs, `${what}.initialDelay`),
    maxDelayMs: toMs(options.maxDelay ?? defaults.maxDelayMs, `${what}.maxDelay`),
    retryOn: options.retryOn ?? defaults.retryOn,
    abortOn: options.abortOn ?? defaults.abortOn,
  };
}

/**
 * Does the error, or any in its chain of causes, match? A stored error is no instance of its
 * class any more; it is known by that class's name.
 */
export function matchesError(error: unknown, matches: readonly ErrorMatch[]): boolean {
  for (let at: unknown = error, depth = 0; at && depth < 8; depth++) {
    const link = at as { name?: unknown; code?: unknown; cause?: unknown };
    const hit = matches.some((match) => {
      if (typeof match === "string") return link.name === match || link.code === match;
      return at instanceof match || (link.name === match.name && match.name !== "Error");
    });
    if (hit) return true;
    at = link.cause;
  }
  return false;
}

function check(holds: boolean, what: string, value: unknown, wanted: string): void {
  if (holds) return;
  throw new EngineError("E_ARGUMENT_INVALID", `${what} is ${String(value)}; give ${wanted}.`, {
    details: { what, value: String(value) },
  });
}
