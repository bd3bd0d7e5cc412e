export { type FreshDatabase, freshDatabase } from "./fresh-database.ts";
export { privateMariadb } from "./mariadb/private-mariadb.ts";
export type { OwnServer } from "./own-server.ts";
export { isSkipped, type Place, type Server, type Skipped } from "./place.ts";
export { privatePostgres } from "./postgres/private-postgres.ts";
export { proxy, type TcpProxy } from "./proxy.ts";
export { privateRedis } from "./redis/private-redis.ts";
