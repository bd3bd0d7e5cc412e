import { EngineError, PersistenceUnavailableError } from "@pawl/kernel";

/** The server's own error, known by its SQLSTATE, whichever copy of the driver threw it. */
interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly constraint?: string;
}

/** A statement that was given up after its time: nobody knows yet what became of it. */
export class StatementTimeout extends Error {
  constructor(afterMs: number) {
    super(`no answer after ${afterMs} ms`);
    this.name = "StatementTimeout";
  }
}

/** An error of the server's that reached this process by another way than the driver's. */
export class ServerFailure extends Error implements ServerError {
  readonly code: string;
  readonly severity = "ERROR";

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServerFailure";
    this.code = code;
  }
}

const isServerError = (error: unknown): error is ServerError =>
  error instanceof Error &&
  typeof (error as Partial<ServerError>).severity === "string" &&
  /^[0-9A-Z]{5}$/.test(String((error as Partial<ServerError>).code));

const codeOf = (error: unknown): string => (isServerError(error) ? error.code : "");

/** The connection is gone, or never was; what was asked on it may still have happened. */
export const isLost = (error: unknown): boolean =>
  !EngineError.is(error) &&
  (isServerError(error) ? /^(08|57P0[1-4])/.test(error.code) : !isProgramming(error));

/** A mistake of a caller in this process, which no other connection would mend. */
const isProgramming = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError;

/** The server undid the whole statement and would take it again: a deadlock or the like. */
export const isRetryable = (error: unknown): boolean => /^(40001|40P01|55P03)$/.test(codeOf(error));

/** A transaction was expected, and none was begun. */
export const isUnbegun = (error: unknown): boolean => codeOf(error) === "25P01";

/** A transaction of which only a rollback can come. */
export const isUndone = (error: unknown): boolean => codeOf(error) === "25P02";

/**
 * The connection has lost what was prepared on it, or has what others prepared, so nothing was
 * executed. Its driver goes on believing what it knows: another connection must be taken.
 */
export const isUnprepared = (error: unknown): boolean => /^(26000|42P05)$/.test(codeOf(error));

/** A row with this key is there, or was a moment ago. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === "23505";

type Kind = "unavailable" | "full" | "readOnly" | "missing" | "argument" | "tooLarge" | "invariant";

/** First match wins; `says` follows the name of the place. */
const MEANINGS: readonly { readonly code: RegExp; readonly kind: Kind; readonly says: string }[] = [
  {
    code: /^28/,
    kind: "unavailable",
    says: "refuses these credentials: check user and password of the URL, and pg_hba.conf",
  },
  { code: /^3D000/, kind: "unavailable", says: "does not exist: create the database" },
  { code: /^(42P01|3F000)/, kind: "missing", says: "lacks a table of the engine" },
  {
    code: /^42501/,
    kind: "unavailable",
    says: "denies its tables to this user: grant USAGE on the schema and rights on its tables",
  },
  {
    code: /^25006/,
    kind: "readOnly",
    says: "takes no writes (a standby, or default_transaction_read_only): connect to the primary",
  },
  { code: /^(53100|53200)/, kind: "full", says: "has no space or memory left: free some" },
  {
    code: /^53/,
    kind: "unavailable",
    says: "has no connection left: raise max_connections, lower poolMax, or put a pooler before it",
  },
  { code: /^(22021|22P05|22P02|22003|22008|2200)/, kind: "argument", says: "can't store a value" },
  { code: /^54/, kind: "tooLarge", says: "can't store a value that large" },
  { code: /^23/, kind: "invariant", says: "was given a write that no table allows" },
  {
    code: /^57014/,
    kind: "unavailable",
    says: "gave up a statement after its time: look for what it waited on, or raise the timeout",
  },
  {
    code: /^(26000|42P05)/,
    kind: "unavailable",
    says: "lost a prepared statement, as old poolers do: open it with prepare: false",
  },
  { code: /^(40|55P03)/, kind: "unavailable", says: "kept refusing over locks: try again" },
  { code: /^(08|57P)/, kind: "unavailable", says: "ended the connection: try again" },
];

/** The engine's error for whatever the driver threw; engine errors pass as they are. */
export function translate(error: unknown, place: string): unknown {
  if (EngineError.is(error)) return error;
  if (!isServerError(error)) return unreachable(error, place);
  const { code, message } = error;
  const meaning = MEANINGS.find((one) => one.code.test(code));
  const options = { cause: error, details: { place, sqlState: code } };
  const text = `${place} ${meaning?.says ?? "can't be used"} (${message}, ${code})`;
  switch (meaning?.kind) {
    case "full":
      return new PersistenceUnavailableError(text, { ...options, code: "E_DATABASE_FULL" });
    case "readOnly":
      return new PersistenceUnavailableError(text, { ...options, code: "E_DATABASE_READ_ONLY" });
    case "missing":
      return new EngineError(
        "E_SCHEMA_MISSING",
        `${text}: migrate it, or check schema and tablePrefix`,
        options,
      );
    case "argument":
      return new EngineError("E_ARGUMENT_INVALID", text, options);
    case "tooLarge":
      return new EngineError("E_PAYLOAD_TOO_LARGE", text, options);
    case "invariant":
      return new EngineError("E_INVARIANT", text, options);
    default:
      return new PersistenceUnavailableError(text, options);
  }
}

function unreachable(error: unknown, place: string): EngineError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const options = { cause: error, details: { place, systemCode: code } };
  const why =
    error instanceof StatementTimeout
      ? "look for what it waited on, or raise statementTimeoutMs"
      : "check that the server runs, its address, and the network between";
  const what = typeof code === "string" ? `${message || code} (${code})` : `${message || error}`;
  return new PersistenceUnavailableError(`${place} can't be reached: ${what}: ${why}`, options);
}

export const closedError = (place: string): PersistenceUnavailableError =>
  new PersistenceUnavailableError(`${place} was closed: open it again`, { details: { place } });
