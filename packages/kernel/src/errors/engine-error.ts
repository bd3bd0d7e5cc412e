import { ERROR_CODES, type ErrorCode, type ErrorKind } from "./codes.ts";

const BRAND: unique symbol = Symbol.for("pawl.EngineError") as never;

export interface EngineErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Base of every error that the engine throws. Recognise it with `EngineError.is`. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: EngineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.kind = ERROR_CODES[code];
    this.details = options.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Makes an error that was made from a stored failure known as what it was when it was thrown. */
  static recognise(error: Error, code: string | undefined): void {
    if (code === undefined || !Object.hasOwn(ERROR_CODES, code)) return;
    const kind = ERROR_CODES[code as ErrorCode];
    Object.defineProperties(error, {
      [BRAND]: { value: true },
      kind: { value: kind },
      details: { value: {} },
    });
  }

  /** True for engine errors of any copy of this package, optionally of one code. */
  static is(value: unknown, code?: ErrorCode): value is EngineError {
    return (
      typeof value === "object" &&
      value !== null &&
      (value as Record<symbol, unknown>)[BRAND] === true &&
      (code === undefined || (value as EngineError).code === code)
    );
  }
}
