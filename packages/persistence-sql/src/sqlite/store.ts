import type { EpochMs } from "@pawl/kernel/ports";
import type { FilePlace } from "../heartbeat-descriptor.ts";
import type { Schema } from "../statements/schema.ts";
import type { SqliteConnection } from "./connection.ts";

/** What a persistence on SQLite is made of. */
export interface SqliteStore {
  readonly connection: SqliteConnection;
  readonly schema: Schema;
  /** For another connection to the same rows; undefined where there can't be one. */
  readonly place?: FilePlace | undefined;
  now(): EpochMs;
}
