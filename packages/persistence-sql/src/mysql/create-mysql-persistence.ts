import type { Persistence } from "@pawl/kernel/ports";
import { openMysql } from "./open.ts";
import { checkMysqlOptions, type MysqlPersistenceOptions } from "./options.ts";
import { mysqlPersistence } from "./persistence.ts";

/**
 * Opens a database of MariaDB 10.6 or newer, or MySQL 8, through the package mariadb.
 *
 * @throws EngineError E_ARGUMENT_INVALID, E_CONFIG_INVALID, E_SCHEMA_MISSING and others of schemas
 */
export async function createMysqlPersistence(
  options: MysqlPersistenceOptions,
): Promise<Persistence> {
  checkMysqlOptions(options);
  return mysqlPersistence(await openMysql(options));
}
