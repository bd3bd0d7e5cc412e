import { type MysqlToMigrate, openMysqlMigrations } from "../mysql/open-migrations.ts";
import { openPostgresMigrations, type PostgresToMigrate } from "../postgres/open-migrations.ts";
import { type FileToMigrate, openSqliteMigrations } from "../sqlite/open-migrations.ts";
import type { OpenMigrations, Purpose } from "./open-migrations.ts";
import {
  type MigrationStep,
  pendingMigrations,
  runMigrations,
  type SchemaState,
} from "./runner.ts";

export type DatabaseToMigrate =
  | ({ readonly kind: "sqlite" } & FileToMigrate)
  | ({ readonly kind: "postgres" } & PostgresToMigrate)
  | ({ readonly kind: "mysql" } & MysqlToMigrate);

export interface MigrateOptions {
  /** False: says what is applied and what is pending, and changes nothing. Default true. */
  readonly apply?: boolean;
  /** Told of each migration before it is applied, and of how long it took. */
  readonly progress?: (step: MigrationStep) => void;
}

/** A migration as reports name it. */
export interface NamedMigration {
  readonly number: number;
  readonly name: string;
}

/** How a database stands. */
export interface SchemaReport {
  /** Without a password. */
  readonly place: string;
  /** Number of the newest migration that was applied; 0 where there are no tables. */
  readonly version: number;
  /** All that were ever applied, those of a newer program too. */
  readonly applied: readonly NamedMigration[];
  readonly pending: readonly NamedMigration[];
}

/**
 * Brings a database to the newest schema under a lock, so that of several processes one applies
 * and all succeed.
 *
 * @throws EngineError E_SCHEMA_NEWER, E_SCHEMA_EDITED, E_DATABASE_LOCKED, and what opening throws
 */
export async function migrateDatabase(
  database: DatabaseToMigrate,
  { apply = true, progress }: MigrateOptions = {},
): Promise<SchemaReport> {
  const { store, migrations, close } = await open(database, apply ? "migrate" : "read");
  try {
    if (apply) {
      await runMigrations(store, { migrations, apply, ...(progress && { progress }) });
    }
    const state = await store.read();
    const pending = pendingMigrations(store, state, migrations).map(named);
    return { place: store.place, version: state?.version ?? 0, applied: appliedOf(state), pending };
  } finally {
    await close().catch(() => undefined);
  }
}

function open(database: DatabaseToMigrate, purpose: Purpose): Promise<OpenMigrations> {
  switch (database.kind) {
    case "sqlite":
      return openSqliteMigrations(database, purpose);
    case "postgres":
      return openPostgresMigrations(database);
    case "mysql":
      return openMysqlMigrations(database);
  }
}

const appliedOf = (state: SchemaState | undefined): readonly NamedMigration[] =>
  (state?.applied ?? []).map(named);

const named = ({ number, name }: NamedMigration): NamedMigration => ({ number, name });
