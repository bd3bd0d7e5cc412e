import type { OptionKinds } from "@pawl/kernel";
import type { SchemaChange } from "../migrations/runner.ts";
import { checkPlaceOptions, checkWhole } from "../option-checks.ts";
import { checkTableNames } from "../statements/schema.ts";
import type { ConnectOptions } from "./connect.ts";

export type MysqlPersistenceOptions = ConnectOptions & {
  /** Put before the name of every table: lower-case letters, digits and `_`; none by default. */
  readonly tablePrefix?: string;
  /** True: creates and changes tables. Default false: throws E_SCHEMA_MISSING instead. */
  readonly migrate?: boolean;
  /** Told once, before this is open, when tables were created or changed. */
  readonly migrated?: (change: SchemaChange) => void;
};

const OPTIONS: OptionKinds<MysqlPersistenceOptions> = {
  url: "text?",
  pool: "object?",
  poolMax: "number?",
  tablePrefix: "text?",
  migrate: "truth?",
  migrated: "function?",
  statementTimeoutMs: "number?",
  observe: "function?",
};

/** @throws EngineError E_ARGUMENT_INVALID, naming the option */
export function checkMysqlOptions(given: MysqlPersistenceOptions): void {
  const subject = "createMysqlPersistence";
  checkPlaceOptions({ subject, given, kinds: OPTIONS, poolMethod: "getConnection" });
  const { poolMax, statementTimeoutMs, tablePrefix } = given;
  checkWhole(subject, { option: "poolMax", value: poolMax, least: 1 });
  checkWhole(subject, { option: "statementTimeoutMs", value: statementTimeoutMs, least: 1 });
  checkTableNames(tablePrefix);
}
