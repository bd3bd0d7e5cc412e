import { EngineError } from "@pawl/kernel";
import type Database from "better-sqlite3";

export type SqliteDriver = typeof Database;
export type SqliteDatabase = Database.Database;
export type PreparedStatement = Database.Statement<unknown[]>;

const NODE_MAJOR_MIN = 22;

export interface DriverSource {
  readonly nodeVersion: string;
  load(): Promise<{ readonly default: SqliteDriver }>;
}

const ownSource: DriverSource = {
  nodeVersion: process.versions.node,
  load: () => import("better-sqlite3"),
};

/**
 * Loads better-sqlite3. Throws E_RUNTIME_TOO_OLD before loading it where it would crash the
 * process, and E_DRIVER_MISSING when it is not installed or has no binary for this machine.
 */
export async function loadDriver(source: DriverSource = ownSource): Promise<SqliteDriver> {
  const major = Number.parseInt(source.nodeVersion, 10);
  if (!(major >= NODE_MAJOR_MIN)) {
    throw new EngineError(
      "E_RUNTIME_TOO_OLD",
      `better-sqlite3 13 crashes on Node ${source.nodeVersion}: run ${NODE_MAJOR_MIN} or newer`,
      { details: { nodeVersion: source.nodeVersion } },
    );
  }
  try {
    return (await source.load()).default;
  } catch (cause) {
    throw new EngineError(
      "E_DRIVER_MISSING",
      "the package better-sqlite3 can't be loaded: install it beside @pawl/persistence-sql " +
        "(npm install better-sqlite3@13.2.0)",
      { cause, details: { package: "better-sqlite3" } },
    );
  }
}
