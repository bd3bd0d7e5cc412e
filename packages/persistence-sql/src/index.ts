export {
  type DatabaseToMigrate,
  type MigrateOptions,
  migrateDatabase,
  type SchemaReport,
} from "./migrations/migrate-database.ts";
export type { MigrationStep, SchemaChange } from "./migrations/runner.ts";
export { createMysqlPersistence } from "./mysql/create-mysql-persistence.ts";
export type { MysqlPool } from "./mysql/driver.ts";
export type { MysqlPersistenceOptions } from "./mysql/options.ts";
export type { ObservedCall } from "./observed-call.ts";
export { createPostgresPersistence } from "./postgres/open.ts";
export type { PostgresPersistenceOptions } from "./postgres/options.ts";
export { createSqlitePersistence, type SqlitePersistenceOptions } from "./sqlite/open.ts";
export { checkTableNames } from "./statements/schema.ts";
