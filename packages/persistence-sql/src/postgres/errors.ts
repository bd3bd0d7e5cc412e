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

type Kind =
  | "unavailable"
  | "full"
  | "readOnly"
  | "missing"
  | "taken"
  | "argument"
  | "tooLarge"
  | "invariant";

interface Meaning {
  readonly code: RegExp;
  readonly message?: RegExp;
  readonly kind: Kind;
  /** Follows the name of the place. */
  readonly says: string;
}

/** First match wins. */
const MEANINGS: readonly Meaning[] = [
  {
    code: /^28/,
    message: /no encryption|SSL off/,
    kind: "unavailable",
    says:
      "has no line in pg_hba.conf for this user without TLS: add one, or connect with TLS, by " +
      "sslmode=verify-full in the URL",
  },
  {
    code: /^28/,
    message: /SSL encryption|SSL on/,
    kind: "unavailable",
    says:
      "has no line in pg_hba.conf for this user with TLS: add one, or connect without, by " +
      "sslmode=disable in the URL",
  },
  {
    code: /^28/,
    kind: "unavailable",
    says: "refuses these credentials: check user and password of the URL, and pg_hba.conf",
  },
  { code: /^3D000/, kind: "unavailable", says: "does not exist: create the database" },
  { code: /^42P07/, kind: "taken", says: "has a table of other use under a name that Pawl needs" },
  { code: /^(42P01|3F000)/, kind: "missing", says: "lacks a table of the engine" },
  {
    code: /^42501/,
    kind: "unavailable",
    says: "denies its tables to this user: grant USAGE on the schema and rights on its tables",
  },
  {
    code: /^25006/,
    kind: "readOnly",
    says:
      "takes no writes here: begin a transaction that is not READ ONLY, or, on a standby or with " +
      "default_transaction_read_only, connect to the primary",
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
  const meaning = MEANINGS.find(
    (one) => one.code.test(code) && (one.message?.test(message) ?? true),
  );
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
    case "taken":
      return new EngineError(
        "E_SCHEMA_TAKEN",
        `${text}: use another schema or database, or a tablePrefix`,
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

/** Of the first question to a database: the URL names what the server does not know. */
const NOT_AS_CONFIGURED = /^(28|3D000)/;

/**
 * What is refused before it ever worked is wrong, rather than out of reach. Once a database was
 * open it may be shut out or away for a while, and comes back.
 */
export function asConfigured(error: unknown): unknown {
  if (!EngineError.is(error)) return error;
  const { code, message, cause, details } = error;
  const isWrong = NOT_AS_CONFIGURED.test(String(details.sqlState)) || details.tls === true;
  if (code !== "E_PERSISTENCE_UNAVAILABLE" || !isWrong) return error;
  return new EngineError("E_CONFIG_INVALID", message, { cause, details });
}

/** As `translate` said it; rights that only a migration needs are named. */
export function asMigrating(error: unknown, schema: string): unknown {
  if (!EngineError.is(error) || error.details.sqlState !== "42501") return error;
  const { place } = error.details;
  return new PersistenceUnavailableError(
    `${place} does not let this user make tables in schema ${schema}: grant CREATE on it (on the ` +
      "database, where the schema is absent), or migrate as a user who has it " +
      `(${saidBy(error.cause)})`,
    { cause: error.cause, details: error.details },
  );
}

const saidBy = (cause: unknown): string => (isServerError(cause) ? cause.message : "42501");

/** What TLS fails with, of the driver and of Node. */
const TLS_CODE = /^(ERR_(TLS|SSL)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)|_CERT_/;
const NO_TLS = /server does not support SSL/;

function unreachable(error: unknown, place: string): EngineError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const tls = NO_TLS.test(String(message)) || TLS_CODE.test(String(code));
  const options = { cause: error, details: { place, systemCode: code, ...(tls && { tls }) } };
  const what = typeof code === "string" ? `${message || code} (${code})` : `${message || error}`;
  const begins = tls ? "can't be spoken to by TLS" : "can't be reached";
  return new PersistenceUnavailableError(
    `${place} ${begins}: ${what}: ${adviceFor(error, tls)}`,
    options,
  );
}

function adviceFor(error: unknown, tls: boolean): string {
  if (error instanceof StatementTimeout) {
    return "look for what it waited on, or raise statementTimeoutMs";
  }
  if (!tls) return "check that the server runs, its address, and the network between";
  return NO_TLS.test((error as Error).message)
    ? "switch TLS on at the server, or give sslmode=disable in the URL"
    : "give its authority by sslrootcert in the URL, and the name that its certificate has";
}

export const closedError = (place: string): PersistenceUnavailableError =>
  new PersistenceUnavailableError(`${place} was closed: open it again`, { details: { place } });
