/**
 * An error as persisted: plain data. An error is thrown; a failure is stored.
 * Text is cut to `FAILURE_TEXT_MAX` characters without splitting a surrogate pair.
 */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** Stable code of an engine error, or of a user error that carries a string `code`. */
  readonly code?: string;
  readonly stack?: string;
  /** True when no further attempt may follow. */
  readonly permanent?: boolean;
  /** Delay that the failing side asked for, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: Failure;
}

export const FAILURE_TEXT_MAX = 4_096;
const CAUSE_DEPTH_MAX = 8;

/** Turns whatever was thrown into data, following `cause` to a bounded depth. Never throws. */
export function toFailure(thrown: unknown, depth = 0): Failure {
  try {
    if (isErrorLike(thrown)) return errorFailure(thrown, depth);
    return { name: "NonError", message: cutText(describeThrown(thrown)) };
  } catch {
    return { name: "NonError", message: "a value that can't be looked at was thrown" };
  }
}

function errorFailure(thrown: ErrorLike, depth: number): Failure {
  const { code, cause, permanent, retryAfterMs } = thrown;
  return {
    name: cutText(String(thrown.name || "Error")),
    message: cutText(String(thrown.message)),
    ...(typeof code === "string" ? { code: cutText(code) } : {}),
    ...(typeof thrown.stack === "string" ? { stack: cutText(thrown.stack) } : {}),
    ...(permanent === true ? { permanent } : {}),
    ...(Number.isFinite(retryAfterMs) ? { retryAfterMs: retryAfterMs as number } : {}),
    ...(cause !== undefined && depth < CAUSE_DEPTH_MAX
      ? { cause: toFailure(cause, depth + 1) }
      : {}),
  };
}

/** Cuts to at most `max` characters, never in the middle of a surrogate pair. */
export function cutText(text: string, max: number = FAILURE_TEXT_MAX): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? max - 1 : max);
}

interface ErrorLike {
  name: unknown;
  message: unknown;
  stack?: unknown;
  code?: unknown;
  cause?: unknown;
  permanent?: unknown;
  retryAfterMs?: unknown;
}

const isErrorLike = (value: unknown): value is ErrorLike =>
  typeof value === "object" && value !== null && "message" in value && "name" in value;

function describeThrown(thrown: unknown): string {
  try {
    return typeof thrown === "object" ? (JSON.stringify(thrown) ?? "object") : String(thrown);
  } catch {
    return "a value that can't be shown was thrown";
  }
}
