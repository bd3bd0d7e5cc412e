import { EngineError } from "@pawl/kernel";
import { type Migration, namesMade } from "./migration.ts";

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
  /** Undefined when the tables of the runner do not exist, or are somebody else's. */
  read(): Promise<SchemaState | undefined>;
  /**
   * Which of these names, without prefix, are taken by what no migration made, as far as the
   * database tells. Asked before the first migration is recorded.
   */
  strangers(names: readonly string[]): Promise<readonly string[]>;
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

/** What opening a database did to its tables. */
export interface SchemaChange {
  /** Without a password. */
  readonly place: string;
  /** Migrations that were applied, oldest first; with the first one tables were created. */
  readonly applied: readonly MigrationStep[];
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
 * applied migration is not the one known here, E_SCHEMA_TAKEN when a table of a fresh schema is
 * somebody else's, E_SCHEMA_MISSING when it may not migrate. Answers what it applied.
 */
export async function runMigrations(
  store: MigrationStore,
  choice: MigrationChoice,
): Promise<SchemaChange> {
  const { migrations, apply, progress = () => undefined } = choice;
  const state = await store.read();
  const left = pendingMigrations(store, state, migrations);
  const applied: MigrationStep[] = [];
  if (left.length > 0 && !apply) {
    await refuseStrangers(store, state, migrations);
    throw missing(store, left);
  }
  if (left.length === 0) return { place: store.place, applied };
  await store.locked(async () => {
    const found = await store.read();
    const pending = pendingMigrations(store, found, migrations);
    await refuseStrangers(store, found, migrations);
    for (const migration of pending) {
      const { number, name } = migration;
      progress({ number, name });
      const startedAt = performance.now();
      await store.apply(migration);
      const durationMs = Math.round(performance.now() - startedAt);
      await store.record(migration, durationMs);
      progress({ number, name, durationMs });
      applied.push({ number, name, durationMs });
    }
  });
  return { place: store.place, applied };
}

/** Before anything was recorded: a table that is there already would be taken over. */
async function refuseStrangers(
  store: MigrationStore,
  state: SchemaState | undefined,
  migrations: readonly Migration[],
): Promise<void> {
  if (state && state.version > 0) return;
  const names = migrations.flatMap(({ sql }) => namesMade(sql));
  const tables = await store.strangers(names);
  if (tables.length > 0) throw taken(store.place, tables);
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

/** Tables of the caller's that have names which the engine needs. */
function taken(place: string, tables: readonly string[]): EngineError {
  const [what, names] = tables.length === 1 ? ["a table", "a name"] : ["tables", "names"];
  return new EngineError(
    "E_SCHEMA_TAKEN",
    `${place} has ${what} of other use under ${names} that Pawl needs: ${tables.join(", ")}. ` +
      "Nothing was changed: use another database, or a tablePrefix; on PostgreSQL another schema " +
      "will do",
    { details: { place, tables } },
  );
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
    { details: { place: store.place, missing: left.map(({ number }) => number) } },
  );
