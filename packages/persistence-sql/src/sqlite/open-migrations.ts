import { existsSync } from "node:fs";
import type { OpenMigrations, Purpose } from "../migrations/open-migrations.ts";
import { SQLITE_MIGRATIONS } from "../migrations/sqlite.generated.ts";
import { checkTableNames } from "../statements/schema.ts";
import { SqliteConnection } from "./connection.ts";
import { loadDriver } from "./driver.ts";
import { translate } from "./errors.ts";
import { connectFile } from "./file.ts";
import { sqliteMigrationStore } from "./migration-store.ts";

const LOCK_TIMEOUT_MS = 10_000;

export interface FileToMigrate {
  readonly path: string;
  readonly tablePrefix?: string;
}

/** The migrations of a file, which is made when it is to be migrated and absent. */
export async function openSqliteMigrations(
  { path, tablePrefix = "" }: FileToMigrate,
  purpose: Purpose,
): Promise<OpenMigrations> {
  checkTableNames(tablePrefix);
  const connection = await (purpose === "read" ? readFile(path) : connectFile({ path }));
  return {
    store: sqliteMigrationStore(connection, tablePrefix, Date.now),
    migrations: SQLITE_MIGRATIONS,
    close: () => connection.close(),
  };
}

/** Of a file that is absent one reads what an empty one has. */
async function readFile(path: string): Promise<SqliteConnection> {
  const Driver = await loadDriver();
  try {
    const database = existsSync(path) ? new Driver(path, { readonly: true }) : new Driver();
    return new SqliteConnection(database, { path, lockTimeoutMs: LOCK_TIMEOUT_MS });
  } catch (error) {
    throw translate(error, path);
  }
}
