import type { EpochMs } from "@pawl/kernel/ports";
import type { Schema } from "../statements/schema.ts";
import type { SqliteConnection } from "./connection.ts";

/** What a persistence on SQLite is made of. */
export interface SqliteStore {
  readonly connection: SqliteConnection;
  readonly schema: Schema;
  now(): EpochMs;
}
