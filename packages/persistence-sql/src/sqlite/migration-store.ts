import { type Migration, prefixed } from "../migrations/migration.ts";
import type { MigrationStore, SchemaState } from "../migrations/runner.ts";
import type { SqliteConnection } from "./connection.ts";

/** Migrations of one SQLite file: the write lock of the file is the migration lock. */
export function sqliteMigrationStore(
  connection: SqliteConnection,
  prefix: string,
  now: () => number,
): MigrationStore {
  const { database } = connection;
  const meta = `"${prefix}meta"`;
  const migrations = `"${prefix}migrations"`;
  const setMeta = (key: string, value: number): void => {
    database
      .prepare(
        `INSERT INTO ${meta} (key, value) VALUES (?, ?)` +
          " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      )
      .run(key, String(value));
  };
  return {
    place: connection.path,
    read: () => connection.read("schema", () => readState(connection, meta, migrations)),
    locked: async (work) => {
      await connection.write("migrate", () => database.exec("BEGIN IMMEDIATE"));
      try {
        await work();
        database.exec("COMMIT");
      } catch (error) {
        if (database.inTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    apply: async (migration: Migration) => {
      await connection.write("migrate", () => database.exec(prefixed(migration.sql, prefix)));
    },
    record: async (migration, durationMs) => {
      const { number, name, checksum, minCompatible } = migration;
      await connection.write("migrate", () => {
        database
          .prepare(`INSERT INTO ${migrations} VALUES (?, ?, ?, ?, ?)`)
          .run(number, name, checksum, now(), durationMs);
        setMeta("schemaVersion", number);
        setMeta("minCompatible", minCompatible);
      });
    },
  };
}

function readState(
  connection: SqliteConnection,
  meta: string,
  migrations: string,
): SchemaState | undefined {
  const { database } = connection;
  const names = database
    .prepare("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN (?, ?)")
    .pluck()
    .get(unquoted(meta), unquoted(migrations));
  if (names !== 2) return undefined;
  const values = new Map(
    database.prepare(`SELECT key, value FROM ${meta}`).raw().all() as [string, string][],
  );
  const applied = database
    .prepare(`SELECT number, name, checksum FROM ${migrations} ORDER BY number`)
    .all() as SchemaState["applied"];
  const version = Number(values.get("schemaVersion") ?? 0);
  return { version, minCompatible: Number(values.get("minCompatible") ?? version), applied };
}

const unquoted = (name: string): string => name.slice(1, -1);
