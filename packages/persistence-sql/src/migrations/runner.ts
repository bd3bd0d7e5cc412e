import { EngineError } from "@pawl/kernel";
import type { Migration } from "./migration.ts";

export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

/** What a database says of its schema. */
export interface SchemaState {
  readonly version: number;
  readonly minCompatible: number;
  readonly applied: readonly AppliedMigration[];
}

/** What the runner needs of a database; every dialect brings its own. */
export interface MigrationStore {
  /** Says which database is meant, in errors. */
  readonly place: string;
  /** Undefined when the tables of the runner do not exist. */
  read(): Promise<SchemaState | undefined>;
  /** Runs `work` while no other process migrates; on a throw nothing of it stays if it can. */
  locked(work: () => Promise<void>): Promise<void>;
  /** Applies one migration in a transaction where the database can. */
  apply(migration: Migration): Promise<void>;
  /** Writes the row of an applied migration, and version and `minCompatible` to `meta`. */
  record(migration: Migration, durationMs: number): Promise<void>;
}

export interface MigrationChoice {
  readonly migrations: readonly Migration[];
  /** False: only checks, and throws when something is left to apply. */
  readonly apply: boolean;
  /** Told of each migration before it is applied, and of how long it took. */
  readonly progress?: (step: MigrationStep) => void;
}

export interface MigrationStep {
  readonly number: number;
  readonly name: string;
  /** Undefined before it is applied. */
  readonly durationMs?: number;
}

/**
 * Brings a database to the newest schema, or throws before changing anything: E_SCHEMA_NEWER
 * when it was migrated by a newer program that shuts this one out, E_SCHEMA_EDITED when an
 * applied migration is not the one known here, E_SCHEMA_MISSING when it may not migrate.
 */
export async function runMigrations(store: MigrationStore, choice: MigrationChoice): Promise<void> {
  const { migrations, apply, progress = () => undefined } = choice;
  const left = pendingMigrations(store, await store.read(), migrations);
  if (left.length === 0) return;
  if (!apply) throw missing(store, left);
  await store.locked(async () => {
    for (const migration of pendingMigrations(store, await store.read(), migrations)) {
      const { number, name } = migration;
      progress({ number, name });
      const startedAt = performance.now();
      await store.apply(migration);
      const durationMs = Math.round(performance.now() - startedAt);
      await store.record(migration, durationMs);
      progress({ number, name, durationMs });
    }
  });
}

/**
 * What is left to apply to a database in this state.
 *
 * @throws EngineError E_SCHEMA_NEWER, E_SCHEMA_EDITED
 */
export function pendingMigrations(
  store: Pick<MigrationStore, "place">,
  state: SchemaState | undefined,
  migrations: readonly Migration[],
): readonly Migration[] {
  if (state === undefined) return migrations;
  const newest = migrations.at(-1)?.number ?? 0;
  if (state.version > newest && state.minCompatible > newest) {
    throw new EngineError(
      "E_SCHEMA_NEWER",
      `${store.place} has schema ${state.version}, which needs a program of schema ` +
        `${state.minCompatible} or newer; this one has ${newest}: update it`,
      { details: { version: state.version, minCompatible: state.minCompatible, newest } },
    );
  }
  for (const known of migrations) {
    const applied = state.applied.find(({ number }) => number === known.number);
    if (applied && (applied.checksum !== known.checksum || applied.name !== known.name)) {
      throw edited(store, known, applied);
    }
  }
  return migrations.filter(({ number }) => number > state.version);
}

const edited = (
  store: Pick<MigrationStore, "place">,
  known: Migration,
  applied: AppliedMigration,
): EngineError =>
  new EngineError(
    "E_SCHEMA_EDITED",
    `migration ${known.number} of ${store.place} was applied as "${applied.name}" with checksum ` +
      `${applied.checksum}, but here it is "${known.name}" with ${known.checksum}: restore the ` +
      "applied file and put changes into a new migration",
    { details: { number: known.number } },
  );

const missing = (store: MigrationStore, left: readonly Migration[]): EngineError =>
  new EngineError(
    "E_SCHEMA_MISSING",
    `${store.place} lacks migrations ${left.map(({ number }) => number).join(", ")}: ` +
      "migrate it first, or open it with migrate: true",
    { details: { missing: left.map(({ number }) => number) } },
  );
