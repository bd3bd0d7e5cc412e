import type { Now } from "../dialects/dialect.ts";
import type { PostgresPlace } from "../heartbeat-descriptor.ts";
import type { Schema } from "../statements/schema.ts";
import type { PostgresBell } from "./bell/postgres-bell.ts";
import type { PostgresConnection } from "./connection.ts";

/** What a persistence on PostgreSQL is made of. */
export interface PostgresStore {
  readonly connection: PostgresConnection;
  readonly schema: Schema;
  readonly bell?: PostgresBell | undefined;
  /** For another connection to the same rows; undefined where there can't be one. */
  readonly place?: PostgresPlace | undefined;
  /** The instant of a test, else null: the server's clock. */
  now(): Now;
}
