import { checkOptions, type OptionKinds } from "@pawl/kernel";
import type { EpochMs, Persistence } from "@pawl/kernel/ports";
import { sqliteDialect } from "../dialects/sqlite.ts";
import type { FilePlace } from "../heartbeat-descriptor.ts";
import { runMigrations, type SchemaChange } from "../migrations/runner.ts";
import { SQLITE_MIGRATIONS } from "../migrations/sqlite.generated.ts";
import { checkWhole } from "../option-checks.ts";
import { createSchema } from "../statements/schema.ts";
import type { SqliteCalls } from "./calls.ts";
import type { SqliteConnection } from "./connection.ts";
import { connectFile, type FileOptions } from "./file.ts";
import { sqliteMigrationStore } from "./migration-store.ts";
import { sqlitePersistence } from "./persistence.ts";
import type { SqliteStore } from "./store.ts";

export interface SqlitePersistenceOptions extends FileOptions {
  /** Source of database time; the machine's clock by default. */
  readonly clock?: { now(): EpochMs };
  /** Put before the name of every table: lower-case letters, digits and `_`; none by default. */
  readonly tablePrefix?: string;
  /** False: throws E_SCHEMA_MISSING instead of creating or changing tables. Default true. */
  readonly migrate?: boolean;
  /** Told once, before this is open, when tables were created or changed. */
  readonly migrated?: (change: SchemaChange) => void;
}

const OPTIONS: OptionKinds<SqlitePersistenceOptions> = {
  path: "text",
  synchronous: ["FULL", "NORMAL"],
  busyTimeoutMs: "number?",
  lockTimeoutMs: "number?",
  tablePrefix: "text?",
  migrate: "truth?",
  migrated: "function?",
  clock: "object?",
  observe: "function?",
};

/** Opens, and unless told otherwise migrates, a database file, through better-sqlite3. */
export async function createSqlitePersistence(
  options: SqlitePersistenceOptions,
): Promise<Persistence> {
  const subject = "createSqlitePersistence";
  checkOptions<SqlitePersistenceOptions>(subject, options, OPTIONS);
  const { lockTimeoutMs } = options;
  checkWhole(subject, { option: "lockTimeoutMs", value: lockTimeoutMs, least: 0 });
  return sqlitePersistence(await openSqlite(options));
}

/** The parts of a persistence on an open, migrated file. */
export async function openSqlite(
  options: SqlitePersistenceOptions,
): Promise<SqliteStore & { readonly connection: SqliteConnection }> {
  const store = await openSqliteStore(() => connectFile(options), options);
  return { ...store, place: placeOf(options, store.connection.path) };
}

/** What a persistence needs to know, whoever brings the connection. */
export type SqliteTables = Pick<
  SqlitePersistenceOptions,
  "clock" | "tablePrefix" | "migrate" | "migrated"
>;

/** Connects once the options turned out to be allowed. */
export async function openSqliteStore<C extends SqliteCalls>(
  connect: () => Promise<C>,
  { tablePrefix = "", migrate = true, migrated, clock }: SqliteTables,
): Promise<SqliteStore & { readonly connection: C }> {
  const schema = createSchema(sqliteDialect, tablePrefix);
  const connection = await connect();
  const now = (): EpochMs => clock?.now() ?? Date.now();
  try {
    const store = sqliteMigrationStore(connection, tablePrefix, now);
    const change = await runMigrations(store, { migrations: SQLITE_MIGRATIONS, apply: migrate });
    if (change.applied.length > 0) migrated?.(change);
    return { connection, schema, now };
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

/** In a file, by the machine's clock: another connection would know no other. */
function placeOf(options: SqlitePersistenceOptions, path: string): FilePlace | undefined {
  if (options.clock || path === ":memory:") return undefined;
  const { synchronous = "FULL", tablePrefix = "" } = options;
  return { kind: "sqlite", path, synchronous, tablePrefix };
}
