export {
  type DatabaseToMigrate,
  type MigrateOptions,
  migrateDatabase,
  type SchemaReport,
} from "./migrations/migrate-database.ts";
export type { MigrationStep } from "./migrations/runner.ts";
export type { MysqlPool } from "./mysql/driver.ts";
export { createMysqlPersistence, type MysqlPersistenceOptions } from "./mysql/open.ts";
export type { ObservedCall } from "./observed-call.ts";
export { createPostgresPersistence } from "./postgres/open.ts";
export type { PostgresPersistenceOptions } from "./postgres/options.ts";
export { createSqlitePersistence, type SqlitePersistenceOptions } from "./sqlite/open.ts";
export { checkTableNames } from "./statements/schema.ts";
