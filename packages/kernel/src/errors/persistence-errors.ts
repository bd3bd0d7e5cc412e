import { EngineError, type EngineErrorOptions } from "./engine-error.ts";

/** The store could not be reached or did not answer; whether a write happened may be unknown. */
export class PersistenceUnavailableError extends EngineError {
  constructor(
    message: string,
    options?: EngineErrorOptions & {
      readonly code?: "E_DATABASE_LOCKED" | "E_DATABASE_FULL" | "E_DATABASE_READ_ONLY";
    },
  ) {
    super(options?.code ?? "E_PERSISTENCE_UNAVAILABLE", message, options);
  }
}

/** A stored row can't be what the engine wrote: evidence is kept, nothing is guessed. */
export class CorruptRowError extends EngineError {
  constructor(message: string, options?: EngineErrorOptions) {
    super("E_ROW_CORRUPT", message, options);
  }
}
