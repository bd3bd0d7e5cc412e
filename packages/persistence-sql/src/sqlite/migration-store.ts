import { type Migration, prefixed, statementsOf } from "../migrations/migration.ts";
import type { AppliedMigration, MigrationStore, SchemaState } from "../migrations/runner.ts";
import type { SqlRow, SqlValue } from "../statements/statement.ts";
import type { SqliteCalls } from "./calls.ts";
import { all } from "./work.ts";

/** By which the two tables of the runner are told from others of their names. */
const COLUMNS = 5;

type Run = (text: string, ...params: readonly SqlValue[]) => Promise<readonly SqlRow[]>;

/** Migrations of one SQLite file: the write lock of the file is the migration lock. */
export function sqliteMigrationStore(
  calls: SqliteCalls,
  prefix: string,
  now: () => number,
): MigrationStore {
  let inside: Run | undefined;
  const alone: Run = (text, ...params) => calls.read("schema", () => all({ text, params }));
  const run: Run = (text, ...params) => (inside ?? alone)(text, ...params);
  const setMeta = (key: string, value: number): Promise<unknown> =>
    run(
      `INSERT INTO "${prefix}meta" (key, value) VALUES (?, ?)` +
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      key,
      String(value),
    );
  return {
    place: calls.path,
    read: () => readState(run, prefix),
    strangers: async (names) => {
      const marks = names.map(() => "?").join(", ");
      const rows = await run(
        `SELECT name FROM sqlite_master WHERE name COLLATE NOCASE IN (${marks}) ORDER BY name`,
        ...names.map((name) => prefix + name),
      );
      return rows.map(([name]) => String(name));
    },
    locked: (work) =>
      calls.migrate(async (execute) => {
        inside = (text, ...params) => execute({ text, params });
        await work().finally(() => {
          inside = undefined;
        });
      }),
    apply: async (migration: Migration) => {
      for (const text of statementsOf(prefixed(migration.sql, prefix))) await run(text);
    },
    record: async ({ number, name, checksum, minCompatible }, durationMs) => {
      const row = [number, name, checksum, now(), durationMs];
      await run(`INSERT INTO "${prefix}migrations" VALUES (?, ?, ?, ?, ?)`, ...row);
      await setMeta("schemaVersion", number);
      await setMeta("minCompatible", minCompatible);
    },
  };
}

async function readState(run: Run, prefix: string): Promise<SchemaState | undefined> {
  const [columns] = await run(
    "SELECT count(*) FROM (SELECT name FROM pragma_table_info(?) WHERE name IN ('key', 'value')" +
      " UNION ALL SELECT name FROM pragma_table_info(?)" +
      " WHERE name IN ('number', 'name', 'checksum'))",
    `${prefix}meta`,
    `${prefix}migrations`,
  );
  if (Number(columns?.[0]) !== COLUMNS) return undefined;
  const rows = await run(`SELECT key, value FROM "${prefix}meta"`);
  const values = new Map(rows as readonly (readonly [string, string])[]);
  const applied = (
    await run(`SELECT number, name, checksum FROM "${prefix}migrations" ORDER BY number`)
  ).map(([number, name, checksum]) => ({ number, name, checksum }) as AppliedMigration);
  const version = Number(values.get("schemaVersion") ?? 0);
  return { version, minCompatible: Number(values.get("minCompatible") ?? version), applied };
}
