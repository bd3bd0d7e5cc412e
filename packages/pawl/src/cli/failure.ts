import { EngineError } from "@pawl/kernel";

/** An error in the words of a command line. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Both, on one line. */
  readonly line: string;
}

export function failureOf(error: unknown): Failure {
  const code = EngineError.is(error) ? error.code : "E_INTERNAL";
  const message = error instanceof Error ? error.message : String(error);
  return { code, message, line: `${code}: ${message}` };
}
