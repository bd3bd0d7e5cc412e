export type { ObservedCall } from "./sqlite/connection.ts";
export { createSqlitePersistence, type SqlitePersistenceOptions } from "./sqlite/open.ts";
