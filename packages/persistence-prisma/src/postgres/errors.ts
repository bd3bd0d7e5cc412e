import { PersistenceUnavailableError } from "@pawl/kernel";
import { ServerFailure } from "@pawl/persistence-sql/adapters";
import { driverFailureOf } from "../driver-failure.ts";

/**
 * What Prisma threw as the adapter for PostgreSQL wants it: an error of the server, an EngineError
 * where no connection could be made, and anything else as it is: a connection was lost.
 */
export function unwrapped(error: unknown, place: string): unknown {
  const failure = driverFailureOf(error);
  if (!failure) return error;
  const { code, kind, message } = failure;
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) {
    return new ServerFailure(message, code, { cause: error });
  }
  return kind === "DatabaseNotReachable" || kind === "TlsConnectionError"
    ? new PersistenceUnavailableError(
        `${place} can't be reached: ${message}: check that the server runs, its address, and ` +
          "the network between",
        { cause: error, details: { place } },
      )
    : error;
}
