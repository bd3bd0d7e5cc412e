import { EngineError } from "../errors/engine-error.ts";
import type { Failure } from "../state/failure.ts";

/**
 * The error that a body sees for a failed step. It is made from the stored failure at the first
 * execution too, so that replay throws the same.
 */
export class StoredError extends Error {
  readonly code: string | undefined;
  readonly permanent: boolean;
  readonly retryAfterMs: number | undefined;
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(
      failure.message,
      failure.cause === undefined ? undefined : { cause: new StoredError(failure.cause) },
    );
    this.name = failure.name;
    this.code = failure.code;
    this.permanent = failure.permanent === true;
    this.retryAfterMs = failure.retryAfterMs;
    this.failure = failure;
    if (failure.stack !== undefined) this.stack = failure.stack;
    EngineError.recognise(this, failure.code);
  }
}

/** Errors of the engine about a caller's mistake can't be mended by another attempt. */
export function isPermanent(error: unknown): boolean {
  if ((error as { permanent?: unknown } | undefined)?.permanent === true) return true;
  return EngineError.is(error) && error.kind === "invalid";
}

/** A store did not answer, or lacks its tables: neither user code nor data is at fault. */
export const isOutOfReach = (error: unknown): boolean =>
  EngineError.is(error, "E_BLOB_UNAVAILABLE") ||
  EngineError.is(error, "E_PERSISTENCE_UNAVAILABLE") ||
  EngineError.is(error, "E_DATABASE_LOCKED") ||
  EngineError.is(error, "E_DATABASE_FULL") ||
  EngineError.is(error, "E_DATABASE_READ_ONLY") ||
  EngineError.is(error, "E_SCHEMA_MISSING");
