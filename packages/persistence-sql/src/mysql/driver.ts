import { EngineError } from "@pawl/kernel";
import type { Pool, PoolConnection, QueryOptions } from "mariadb";

export type MysqlDriver = typeof import("mariadb");
export type MysqlPool = Pool;
export type MysqlConnection = PoolConnection;

/** How values come back, whatever a given pool was set to. */
export const ANSWERS: Omit<QueryOptions, "sql"> = {
  rowsAsArray: true,
  bigIntAsNumber: true,
  decimalAsNumber: true,
  insertIdAsNumber: true,
  checkNumberRange: true,
  autoJsonMap: false,
};

export interface DriverSource {
  load(): Promise<MysqlDriver>;
}

const ownSource: DriverSource = { load: () => import("mariadb") };

/** Loads the driver; throws E_DRIVER_MISSING when it is not installed. */
export async function loadDriver(source: DriverSource = ownSource): Promise<MysqlDriver> {
  try {
    return await source.load();
  } catch (cause) {
    throw new EngineError(
      "E_DRIVER_MISSING",
      "the package mariadb can't be loaded: install it beside @pawl/persistence-sql " +
        "(npm install mariadb@3.5.4)",
      { cause, details: { package: "mariadb" } },
    );
  }
}
