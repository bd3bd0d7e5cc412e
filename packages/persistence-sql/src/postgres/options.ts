import type { OptionKinds } from "@pawl/kernel";
import type { EpochMs } from "@pawl/kernel/ports";
import type { SchemaChange } from "../migrations/runner.ts";
import type { ObservedCall } from "../observed-call.ts";
import { checkPlaceOptions, checkWhole } from "../option-checks.ts";
import { checkTableNames } from "../statements/schema.ts";
import type { PostgresPool } from "./driver.ts";
import { schemaOf } from "./url.ts";

/** Either a URL, from which a pool is made, or a pool of the caller's, which stays open. */
type PostgresPlace =
  | { readonly url: string; readonly pool?: never }
  | { readonly pool: PostgresPool; readonly url?: never };

export type PostgresPersistenceOptions = PostgresPlace & {
  /**
   * Schema of the tables: lower-case letters, digits and `_`. Default: what `?schema=` of the URL
   * names, else `public`.
   */
  readonly schema?: string;
  /** Put before the name of every table: lower-case letters, digits and `_`; none by default. */
  readonly tablePrefix?: string;
  /** Connections of a pool that is made here. Default 10. */
  readonly poolMax?: number;
  /** How long a connection may take to be made, or to become free. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** How long a statement may take before it is given up and cancelled. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /**
   * True: creates and changes tables. Default false, so that a URL that was set for something
   * else gets no tables: throws E_SCHEMA_MISSING.
   */
  readonly migrate?: boolean;
  /** False: no prepared statements, for poolers that lose them. Default true. */
  readonly prepare?: boolean;
  /**
   * False: processes do not tell each other of work, which is then found by polling, and there are
   * no connections beside the pool for it. Default true.
   */
  readonly notify?: boolean;
  /** Told once, before this is open, when tables were created or changed. */
  readonly migrated?: (change: SchemaChange) => void;
  /** Source of database time, for tests; the server's clock by default. */
  readonly clock?: { now(): EpochMs };
  /** Told the cost of every call, for tests and measurements. */
  readonly observe?: (call: ObservedCall) => void;
};

const OPTIONS: OptionKinds<PostgresPersistenceOptions> = {
  url: "text?",
  pool: "object?",
  schema: "text?",
  tablePrefix: "text?",
  poolMax: "number?",
  connectTimeoutMs: "number?",
  statementTimeoutMs: "number?",
  migrate: "truth?",
  prepare: "truth?",
  notify: "truth?",
  migrated: "function?",
  clock: "object?",
  observe: "function?",
};

/**
 * The options with the schema that they and the URL name.
 *
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function settled(given: PostgresPersistenceOptions): PostgresPersistenceOptions {
  const subject = "createPostgresPersistence";
  checkPlaceOptions({ subject, given, kinds: OPTIONS, poolMethod: "connect" });
  const { poolMax, connectTimeoutMs, statementTimeoutMs } = given;
  checkWhole(subject, { option: "poolMax", value: poolMax, least: 1 });
  checkWhole(subject, { option: "connectTimeoutMs", value: connectTimeoutMs, least: 1 });
  checkWhole(subject, { option: "statementTimeoutMs", value: statementTimeoutMs, least: 1 });
  const schema = schemaOf(given);
  checkTableNames(given.tablePrefix, schema);
  return { ...given, schema };
}
