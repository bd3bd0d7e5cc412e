export type { ObservedCall } from "./observed-call.ts";
export { createPostgresPersistence, type PostgresPersistenceOptions } from "./postgres/open.ts";
export { createSqlitePersistence, type SqlitePersistenceOptions } from "./sqlite/open.ts";
