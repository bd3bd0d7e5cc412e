import { EngineError, type EngineErrorOptions } from "./engine-error.ts";

/** Thrown by user code: no further attempt may follow. */
export class TerminalError extends EngineError {
  readonly permanent: boolean = true;

  constructor(message: string, options?: EngineErrorOptions) {
    super("E_TERMINAL", message, options);
  }
}

export interface RetryableErrorOptions extends EngineErrorOptions {
  /** Delay before the next attempt, in milliseconds; the policy decides when absent. */
  readonly retryAfterMs?: number;
  /** Any encodable value, handed to the next attempt as `step.progress`. */
  readonly progress?: unknown;
}

/** Thrown by user code: try again, perhaps at a time that the other side named. */
export class RetryableError extends EngineError {
  readonly retryAfterMs: number | undefined;
  readonly progress: unknown;

  constructor(message: string, options: RetryableErrorOptions = {}) {
    super("E_RETRYABLE", message, options);
    this.retryAfterMs = options.retryAfterMs;
    this.progress = options.progress;
  }
}
