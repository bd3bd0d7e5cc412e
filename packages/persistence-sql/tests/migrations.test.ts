import { planOf, runOf } from "@pawl/test-parts/plans";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Migration } from "../src/migrations/migration.ts";
import { type MigrationStore, runMigrations, type SchemaState } from "../src/migrations/runner.ts";
import { SQLITE_MIGRATIONS } from "../src/migrations/sqlite.generated.ts";
import { SqliteConnection } from "../src/sqlite/connection.ts";
import { sqliteMigrationStore } from "../src/sqlite/migration-store.ts";
import { type TemporaryStore, temporaryStore } from "./temporary-store.ts";

const migration = (number: number, part: Partial<Migration> = {}): Migration => ({
  number,
  name: `step${number}`,
  minCompatible: 1,
  checksum: `sum ${number}`,
  sql: `CREATE TABLE "t${number}" (a)`,
  ...part,
});

/** A store in memory that writes down what is asked of it. */
function rememberingStore(state?: SchemaState) {
  const done: string[] = [];
  const store: MigrationStore = {
    place: "here",
    read: async () => {
      done.push("read");
      return state;
    },
    locked: async (work) => {
      done.push("lock");
      await work();
      done.push("unlock");
    },
    strangers: async () => [],
    apply: async ({ number }) => void done.push(`apply ${number}`),
    record: async ({ number }) => void done.push(`record ${number}`),
  };
  return { store, done };
}

const stateOf = (migrations: readonly Migration[], minCompatible = 1): SchemaState => ({
  version: migrations.at(-1)?.number ?? 0,
  minCompatible,
  applied: migrations,
});

describe("the runner", () => {
  const three = [migration(1), migration(2), migration(3)];

  test("locks, reads again, then applies and records what is missing in order", async () => {
    const { store, done } = rememberingStore(stateOf([migration(1)]));
    await runMigrations(store, { migrations: three, apply: true });
    const steps = ["apply 2", "record 2", "apply 3", "record 3"];
    expect(done).toEqual(["read", "lock", "read", ...steps, "unlock"]);
  });

  test("takes no lock when nothing is missing", async () => {
    const { store, done } = rememberingStore(stateOf(three));
    await runMigrations(store, { migrations: three, apply: true });
    expect(done).toEqual(["read"]);
  });

  test("refuses a newer schema that shuts it out before it changes anything", async () => {
    const { store, done } = rememberingStore(stateOf([...three, migration(4)], 4));
    const run = runMigrations(store, { migrations: three, apply: true });
    await expect(run).rejects.toMatchObject({ code: "E_SCHEMA_NEWER" });
    expect(done).toEqual(["read"]);
  });

  test("refuses a newer schema that another made before it got the lock [111]", async () => {
    const { store, done } = rememberingStore(stateOf([migration(1)]));
    const newer = stateOf([...three, migration(4)], 4);
    let reads = 0;
    const racing: MigrationStore = {
      ...store,
      read: async () => (reads++ === 0 ? stateOf([migration(1)]) : newer),
    };
    const run = runMigrations(racing, { migrations: three, apply: true });
    await expect(run).rejects.toMatchObject({ code: "E_SCHEMA_NEWER" });
    expect(done).toEqual(["lock"]);
  });

  test("runs on a newer schema that admits it", async () => {
    const { store, done } = rememberingStore(stateOf([...three, migration(4)], 3));
    await runMigrations(store, { migrations: three, apply: true });
    expect(done).toEqual(["read"]);
  });

  test.each([
    ["another checksum", { checksum: "edited" }],
    ["another name", { name: "renamed" }],
  ])("refuses an applied migration that has %s here", async (_, part) => {
    const { store, done } = rememberingStore(stateOf([migration(1, part), migration(2)]));
    const run = runMigrations(store, { migrations: three, apply: true });
    await expect(run).rejects.toMatchObject({ code: "E_SCHEMA_EDITED" });
    expect(done).toEqual(["read"]);
  });

  test("asks for tables of others under the lock, before the first migration only", async () => {
    const { store, done } = rememberingStore();
    const asked: string[][] = [];
    const strangers = async (names: readonly string[]) => {
      done.push("strangers");
      asked.push([...names]);
      return ["t2"];
    };
    const run = runMigrations({ ...store, strangers }, { migrations: three, apply: true });
    await expect(run).rejects.toMatchObject({
      code: "E_SCHEMA_TAKEN",
      kind: "invalid",
      details: { place: "here", tables: ["t2"] },
      message: expect.stringMatching(/^here has a table of other use .*: t2\. .*tablePrefix/),
    });
    expect(done).toEqual(["read", "lock", "read", "strangers"]);
    expect(asked).toEqual([["t1", "t2", "t3"]]);
    const { store: later } = rememberingStore(stateOf([migration(1)]));
    await runMigrations({ ...later, strangers }, { migrations: three, apply: true });
    expect(asked).toHaveLength(1);
  });

  test("only says what is missing when it may not migrate", async () => {
    const { store, done } = rememberingStore();
    const run = runMigrations(store, { migrations: three, apply: false });
    await expect(run).rejects.toMatchObject({ code: "E_SCHEMA_MISSING" });
    expect(done).toEqual(["read"]);
  });
});

describe("a SQLite file", () => {
  let store: TemporaryStore;
  beforeEach(() => {
    store = temporaryStore();
  });
  afterEach(() => store.remove());

  const rows = (table: string) => {
    const database = new Database(store.path);
    const found = database.prepare(`SELECT * FROM ${table}`).all();
    database.close();
    return found;
  };
  const change = (sql: string) => {
    const database = new Database(store.path);
    database.exec(sql);
    database.close();
  };

  test("records number, name, checksum, instant and duration of each migration [111]", async () => {
    await store.open();
    const expected = SQLITE_MIGRATIONS.map(({ number, name, checksum }) => ({
      number,
      name,
      checksum,
      applied_at: store.clock.now(),
      duration_ms: expect.any(Number),
    }));
    expect(rows("migrations")).toEqual(expected);
    const value = String(SQLITE_MIGRATIONS.length);
    expect(rows("meta")).toContainEqual({ key: "schemaVersion", value });
  });

  test("opened again is not migrated again", async () => {
    await (await store.open()).close();
    store.clock.advance(1_000);
    await store.open({ migrate: false });
    expect(rows("migrations")).toHaveLength(SQLITE_MIGRATIONS.length);
  });

  test("without tables and migrate: false stays without tables", async () => {
    await expect(store.open({ migrate: false })).rejects.toMatchObject({
      code: "E_SCHEMA_MISSING",
    });
    expect(rows("sqlite_master")).toEqual([]);
  });

  const newer = (minCompatible: number) => `
    INSERT INTO migrations VALUES (99, 'future', 'sum', 0, 0);
    UPDATE meta SET value = '99' WHERE key = 'schemaVersion';
    UPDATE meta SET value = '${minCompatible}' WHERE key = 'minCompatible'`;

  test("of a newer schema is refused and not touched [111]", async () => {
    await (await store.open()).close();
    change(newer(99));
    const before = rows("sqlite_master");
    await expect(store.open()).rejects.toMatchObject({ code: "E_SCHEMA_NEWER" });
    expect(rows("sqlite_master")).toEqual(before);
  });

  test("of a newer schema that only added is used", async () => {
    await (await store.open()).close();
    change(`${newer(1)}; ALTER TABLE runs ADD COLUMN colour TEXT`);
    const persistence = await store.open();
    expect(await persistence.commit(planOf({ writes: [runOf("run")] }))).toMatchObject({
      ok: true,
    });
    expect((await persistence.load("run", {}))?.run.id).toBe("run");
  });

  test("whose migration was edited since is refused [111]", async () => {
    await (await store.open()).close();
    change("UPDATE migrations SET checksum = 'other'");
    await expect(store.open()).rejects.toMatchObject({ code: "E_SCHEMA_EDITED" });
  });

  test("keeps nothing of a migration that fails half way", async () => {
    const database = new Database(store.path);
    const connection = new SqliteConnection(database, { path: store.path, lockTimeoutMs: 0 });
    const own = sqliteMigrationStore(connection, "", () => 1);
    const first = migration(1, {
      sql: `${SQLITE_MIGRATIONS[0]?.sql}`,
    });
    const broken = migration(2, { sql: 'CREATE TABLE "extra" (a); CREATE TABLE oh no' });
    const choice = { migrations: [first, broken], apply: true };
    await expect(runMigrations(own, choice)).rejects.toMatchObject({
      code: "E_PERSISTENCE_UNAVAILABLE",
    });
    expect(rows("sqlite_master")).toEqual([]);
    await runMigrations(own, { migrations: [first], apply: true });
    expect(rows("migrations")).toHaveLength(1);
    await connection.close();
  });

  test("holds tables of two prefixes side by side", async () => {
    const one = await store.open({ tablePrefix: "one_" });
    const two = await store.open({ tablePrefix: "two_" });
    await one.commit(planOf({ writes: [runOf("run")] }));
    expect(await two.load("run", {})).toBeUndefined();
    expect((await one.load("run", {}))?.run.id).toBe("run");
    expect(rows("one_migrations")).toHaveLength(SQLITE_MIGRATIONS.length);
  });

  test.each([
    ["an application", "CREATE TABLE Events (id)", "Events"],
    [
      "another migrator",
      "CREATE TABLE meta (id); CREATE TABLE migrations (id)",
      "meta, migrations",
    ],
  ])("leaves tables of %s as they are, and says which", async (_, make, names) => {
    change(make);
    await expect(store.open()).rejects.toMatchObject({
      code: "E_SCHEMA_TAKEN",
      kind: "invalid",
      message: expect.stringContaining(`needs: ${names}. Nothing was changed`),
    });
    expect(rows("sqlite_master")).toHaveLength(names.split(", ").length);
    await store.open({ tablePrefix: "pawl_" });
  });
});
