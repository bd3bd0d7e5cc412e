import { driverFailureOf } from "../driver-failure.ts";

/** The driver's error in the shape in which the adapter for MariaDB knows it. */
export class MysqlFailure extends Error {
  readonly errno: number;
  readonly code: string | undefined;
  readonly sqlState: string | undefined;
  readonly sqlMessage: string;

  constructor(
    told: Pick<MysqlFailure, "errno" | "code" | "sqlState" | "sqlMessage">,
    cause: unknown,
  ) {
    super(told.sqlMessage, { cause });
    this.name = "MysqlFailure";
    this.errno = told.errno;
    this.code = told.code;
    this.sqlState = told.sqlState;
    this.sqlMessage = told.sqlMessage;
  }
}

/** Of errors that never came from the server: the system's, under its own names. */
const NO_NUMBER = -1;

/** What Prisma threw as the adapter for MariaDB wants it; what it can't read stays as it is. */
export function unwrapped(error: unknown): unknown {
  const failure = driverFailureOf(error);
  if (failure?.code !== undefined && /^\d+$/.test(failure.code)) {
    const { code, state: sqlState, message: sqlMessage } = failure;
    return new MysqlFailure({ errno: Number(code), code: undefined, sqlState, sqlMessage }, error);
  }
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== "string" || !/^E[A-Z]+$/.test(code)) return error;
  const told = { errno: NO_NUMBER, code, sqlState: undefined, sqlMessage: String(message) };
  return new MysqlFailure(told, error);
}

/** Nobody waits for this answer any longer: to the caller the connection is lost. */
export const abandoned = (): MysqlFailure =>
  new MysqlFailure(
    { errno: NO_NUMBER, code: "ETIMEDOUT", sqlState: undefined, sqlMessage: "no answer in time" },
    undefined,
  );
