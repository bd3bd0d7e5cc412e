import { CorruptRowError, EngineError, PersistenceUnavailableError } from "@pawl/kernel";

/** The driver's own error, known by its code, whichever copy of the driver threw it. */
export interface DriverError extends Error {
  readonly code: string;
}

const isDriverError = (error: unknown): error is DriverError =>
  error instanceof Error && String((error as Partial<DriverError>).code).startsWith("SQLITE_");

/** Another process holds the file: worth another try. */
export const isLocked = (error: unknown): boolean =>
  isDriverError(error) && /^SQLITE_(BUSY|LOCKED)/.test(error.code);

/**
 * Why a plan's statement failed though nothing is broken: a false guard, a row that exists, or an
 * event of a run that does not. Undefined for everything else.
 */
export function refusedBy(error: unknown): "guard" | "exists" | "missing" | undefined {
  if (!isDriverError(error)) return undefined;
  const { code, message } = error;
  if (/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(code)) return "exists";
  if (code === "SQLITE_CONSTRAINT_CHECK" && message.endsWith(": guarded")) return "guard";
  return code === "SQLITE_CONSTRAINT_NOTNULL" && message.endsWith("events.rev")
    ? "missing"
    : undefined;
}

/** The engine's error for whatever a driver threw; engine errors pass as they are. */
export function translate(error: unknown, path: string): unknown {
  if (EngineError.is(error)) return error;
  if (!isDriverError(error)) return unknownError(error, path);
  const { code, message } = error;
  const options = { cause: error, details: { path, driverCode: code } };
  if (isLocked(error)) {
    return new PersistenceUnavailableError(
      `${path} stayed locked by another process: try again, and look for a transaction left open`,
      { ...options, code: "E_DATABASE_LOCKED" },
    );
  }
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE") {
    return new PersistenceUnavailableError(
      `no space left for ${path}: nothing of this change was kept; free some and try again`,
      { ...options, code: "E_DATABASE_FULL" },
    );
  }
  if (/^SQLITE_(READONLY|PERM)/.test(code)) return readOnly(path, error);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code) || message === "malformed JSON") {
    return new CorruptRowError(
      `${path} is damaged or no SQLite database (${message}): restore it from a backup`,
      options,
    );
  }
  if (message.startsWith("no such table")) {
    return new EngineError(
      "E_SCHEMA_MISSING",
      `${path} lacks a table (${message}): migrate it, or check path and tablePrefix`,
      options,
    );
  }
  if (/^(table|index|view|there is already a table).* (already exists|named)/.test(message)) {
    return new EngineError(
      "E_SCHEMA_TAKEN",
      `${path} has a table of other use under a name that Pawl needs (${message}): use another ` +
        "file, or a tablePrefix",
      options,
    );
  }
  if (code === "SQLITE_TOOBIG") {
    return new EngineError("E_PAYLOAD_TOO_LARGE", `a value is too large for ${path}`, options);
  }
  if (code.startsWith("SQLITE_CONSTRAINT")) {
    return new EngineError("E_INVARIANT", `a write that no table allows: ${message}`, options);
  }
  return new PersistenceUnavailableError(`${path} can't be used: ${message} (${code})`, options);
}

export const readOnly = (path: string, cause: unknown): PersistenceUnavailableError =>
  new PersistenceUnavailableError(
    `${path} can't be written by this user: give write permission on the file and its folder`,
    { code: "E_DATABASE_READ_ONLY", cause, details: { path } },
  );

export const closedError = (path: string): PersistenceUnavailableError =>
  new PersistenceUnavailableError(`${path} was closed: open it again`, { details: { path } });

function unknownError(error: unknown, path: string): EngineError {
  const message = error instanceof Error ? error.message : String(error);
  if (/can only bind|Too (few|many) parameter/.test(message)) {
    return new EngineError("E_ARGUMENT_INVALID", `a value can't be stored: ${message}`, {
      cause: error,
    });
  }
  return new PersistenceUnavailableError(`${path} can't be used: ${message}`, {
    cause: error,
    details: { path },
  });
}
