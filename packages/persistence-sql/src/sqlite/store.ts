import type { EpochMs } from "@pawl/kernel/ports";
import type { FilePlace } from "../heartbeat-descriptor.ts";
import type { Schema } from "../statements/schema.ts";
import type { SqliteCalls } from "./calls.ts";

/** What a persistence on SQLite is made of. */
export interface SqliteStore {
  readonly connection: SqliteCalls;
  readonly schema: Schema;
  /** For another connection to the same rows; undefined where there can't be one. */
  readonly place?: FilePlace | undefined;
  now(): EpochMs;
}
