import { driverFailureOf } from "../driver-failure.ts";

/** The driver's error in the shape in which the adapter for SQLite knows it. */
class SqliteFailure extends Error {
  readonly code: string;

  constructor(message: string, code: string, cause: unknown) {
    super(message, { cause });
    this.name = "SqliteFailure";
    this.code = code;
  }
}

/** What Prisma threw as the adapter for SQLite wants it; what it can't read stays as it is. */
export function unwrapped(error: unknown): unknown {
  const failure = driverFailureOf(error);
  if (!failure) return error;
  const { code = "SQLITE_ERROR", message } = failure;
  return new SqliteFailure(message, code, error);
}
