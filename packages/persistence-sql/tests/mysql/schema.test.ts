import { columnKind, isNullable, TABLE_NAMES, TABLES } from "@pawl/kernel/ports";
import { describeOn, mariadb } from "@pawl/services/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MYSQL_MIGRATIONS } from "../../src/migrations/mysql.generated.ts";
import { openMysql } from "../../src/mysql/open.ts";
import { snake } from "../../src/statements/schema.ts";
import { MysqlDatabase } from "./mysql-store.ts";

const STORED = {
  text: /^(varchar|text)$/,
  json: /^longtext$/,
  payload: /^longtext$/,
  int: /^bigint$/,
  time: /^bigint$/,
  bool: /^tinyint$/,
} as const;

/** Columns that stand for an expression that an index holds. */
const GENERATED: Readonly<Record<string, readonly string[]>> = {
  runs: ["undelivered"],
  stages: ["dispatched_since"],
};

/** Texts of any length, though no payload. */
const LONG = ["deadLetters.body", "logs.message"];

describeOn("the schema on MariaDB", await mariadb(), (server) => {
  let database: MysqlDatabase;

  beforeAll(async () => {
    database = await MysqlDatabase.on(server);
  });
  afterAll(() => database.drop());

  const ask = (what: string, from: string, table: string) =>
    database.run(
      `SELECT ${what} FROM information_schema.${from} WHERE table_schema = DATABASE()` +
        " AND table_name = ?",
      [table],
    );
  const names = async (from: string, column: string) => {
    const where = `WHERE table_schema = '${database.database.name}'`;
    const rows = await database.run(
      `SELECT DISTINCT ${column} FROM information_schema.${from} ${where}`,
    );
    return rows.map(([name]) => String(name)).sort();
  };

  test("has the tables of the kernel, and meta and migrations", async () => {
    const tables = [...TABLE_NAMES.map(snake), "meta", "migrations"];
    expect(await names("tables", "table_name")).toEqual(tables.sort());
  });

  test.each(TABLE_NAMES)("table %s has the kernel's columns, nulls and key", async (name) => {
    const spec: { key: readonly string[]; columns: object } = TABLES[name];
    const rows = await ask("column_name, data_type, is_nullable", "columns", snake(name));
    const own = rows.filter(([column]) => !GENERATED[name]?.includes(String(column)));
    expect(own.map(([column, , nullable]) => [column, nullable])).toEqual(
      Object.entries(spec.columns).map(([field, column]) => [
        snake(field),
        isNullable(column) ? "YES" : "NO",
      ]),
    );
    for (const [i, [field, column]] of Object.entries(spec.columns).entries()) {
      const type = String(own[i]?.[1]);
      const stored = LONG.includes(`${name}.${field}`) ? /^longtext$/ : STORED[columnKind(column)];
      expect(type, field).toMatch(stored);
    }
    const key = await database.run(
      "SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE()" +
        " AND table_name = ? AND index_name = 'PRIMARY' ORDER BY seq_in_index",
      [snake(name)],
    );
    expect(key.map(([column]) => column)).toEqual(spec.key.map(snake));
  });

  test("compares every text byte by byte, trailing spaces too", async () => {
    expect(await names("columns", "collation_name")).toEqual(["null", "utf8mb4_nopad_bin"]);
    await database.run("INSERT INTO commits VALUES ('a', 1), ('a ', 2), ('A', 3), ('á', 4)");
    const found = await database.run("SELECT at FROM commits WHERE commit_id = 'a'");
    expect(found).toEqual([[1]]);
    await database.run("DELETE FROM commits");
  });

  test("keeps its rows in InnoDB", async () => {
    expect(await names("tables", "engine")).toEqual(["InnoDB"]);
  });

  test("has the indexes that SQLite has, and no foreign keys", async () => {
    const { SQLITE_MIGRATIONS } = await import("../../src/migrations/sqlite.generated.ts");
    const sqlite = SQLITE_MIGRATIONS.flatMap(({ sql }) =>
      [...sql.matchAll(/CREATE (?:UNIQUE )?INDEX "(\w+)"/g)].map(([, name]) => name as string),
    );
    const own = (await names("statistics", "index_name")).filter((name) => name !== "PRIMARY");
    expect(own).toEqual(sqlite.sort());
    const unique = await database.run(
      "SELECT DISTINCT index_name FROM information_schema.statistics" +
        " WHERE table_schema = DATABASE() AND non_unique = 0 AND index_name <> 'PRIMARY'",
    );
    expect(unique.flat().sort()).toEqual(["steps_seq", "waits_seq"]);
    const foreign = await database.run(
      "SELECT 1 FROM information_schema.referential_constraints" +
        " WHERE constraint_schema = DATABASE()",
    );
    expect(foreign).toEqual([]);
  });

  test.each([
    ["runs", "status"],
    ["stages", "status"],
    ["steps", "status"],
    ["schedules", "status"],
    ["idempotency", "status"],
    ["workers", "status"],
    ["blob_tombstones", "state"],
  ])("table %s refuses a %s that is no word of the engine, and null", async (table, column) => {
    const fields = (await ask("column_name", "columns", table))
      .map(([name]) => String(name))
      .filter((name) => name !== "undelivered" && name !== "dispatched_since");
    const list = fields.map((name) => `\`${name}\``).join();
    const insert = (value: string | null) =>
      database.run(
        `INSERT INTO ${table} (${list}) VALUES (${fields.map(() => "?").join()})`,
        fields.map((name) => (name === column ? value : 0)),
      );
    await expect(insert("odd")).rejects.toThrow(/CONSTRAINT/);
    await expect(insert(null)).rejects.toThrow(/cannot be null/);
  });

  test("puts a prefix before every table and index and before nothing else", async () => {
    const other = await MysqlDatabase.empty(server);
    const store = await openMysql({ url: other.url, tablePrefix: "acme_", migrate: true });
    const of = async (from: string, column: string, which: MysqlDatabase) =>
      (
        await which.run(
          `SELECT DISTINCT ${column} FROM information_schema.${from}` +
            " WHERE table_schema = DATABASE()",
        )
      )
        .map(([name]) => String(name))
        .filter((name) => name !== "PRIMARY")
        .sort();
    for (const [from, column] of [
      ["tables", "table_name"],
      ["statistics", "index_name"],
    ] as const) {
      const plain = await of(from, column, database);
      expect(await of(from, column, other)).toEqual(plain.map((name) => `acme_${name}`).sort());
    }
    await store.connections.close();
    await other.drop();
  });
});

describe("the migration", () => {
  test("makes each table by one statement that may be run again", () => {
    const [{ sql }] = MYSQL_MIGRATIONS as [(typeof MYSQL_MIGRATIONS)[number]];
    const made = sql.match(/^CREATE TABLE/gm)?.length;
    expect(sql.match(/^CREATE TABLE IF NOT EXISTS "/gm)?.length).toBe(made);
    expect(sql).not.toMatch(/^(CREATE (UNIQUE )?INDEX|ALTER)/m);
  });
});
