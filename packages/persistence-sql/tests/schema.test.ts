import { readFileSync } from "node:fs";
import { columnKind, isNullable, TABLE_NAMES, TABLES } from "@pawl/kernel/ports";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { embedded, PROVIDERS, type Provider, renderMigrations } from "../embed-migrations.ts";
import { sqliteDialect } from "../src/dialects/sqlite.ts";
import { prefixed } from "../src/migrations/migration.ts";
import { SQLITE_MIGRATIONS } from "../src/migrations/sqlite.generated.ts";
import { createSchema, snake } from "../src/statements/schema.ts";

const GUARDED = ["events", "steps", "attempts", "commits"];
const STORED = {
  text: "TEXT",
  json: "TEXT",
  payload: "TEXT",
  int: "INTEGER",
  time: "BIGINT",
  bool: "BOOLEAN",
} as const;

interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

function migrated(prefix = ""): Database.Database {
  const database = new Database(":memory:");
  for (const { sql } of SQLITE_MIGRATIONS) database.exec(prefixed(sql, prefix));
  return database;
}

const columnsOf = (database: Database.Database, table: string) =>
  database.pragma(`table_info("${table}")`) as TableColumn[];

const namesOf = (database: Database.Database, type: string) =>
  database
    .prepare("SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all(type) as string[];

describe("the migrations", () => {
  const database = migrated();

  test("make the tables of the kernel, and meta and migrations", () => {
    const tables = [...TABLE_NAMES.map(snake), "meta", "migrations"];
    expect(namesOf(database, "table").sort()).toEqual(tables.sort());
  });

  test.each(TABLE_NAMES)("table %s has the kernel's columns, nulls and key", (name) => {
    const spec: { key: readonly string[]; columns: object } = TABLES[name];
    const columns = Object.entries(spec.columns).map(([field, column]) => ({
      name: snake(field),
      type: STORED[columnKind(column)],
      notnull: isNullable(column) ? 0 : 1,
      pk: spec.key.indexOf(field) + 1,
    }));
    const found = columnsOf(database, snake(name)).map(({ name, type, notnull, pk }) => ({
      name,
      type,
      notnull,
      pk,
    }));
    const guard = { name: "ok", type: "INTEGER", notnull: 1, pk: 0 };
    expect(found).toEqual(GUARDED.includes(name) ? [...columns, guard] : columns);
  });

  test.each(GUARDED)("table %s takes a row with a true guard only", (name) => {
    const { sql } = database.prepare("SELECT sql FROM sqlite_master WHERE name = ?").get(name) as {
      sql: string;
    };
    expect(sql).toContain("ok INTEGER NOT NULL DEFAULT 1");
    expect(sql).toContain("CONSTRAINT guarded CHECK (ok = 1)");
  });

  test("give each operation of a stage generation a number of its own", () => {
    for (const table of ["steps", "waits"]) {
      const indexes = database.pragma(`index_list("${table}")`) as {
        name: string;
        unique: number;
      }[];
      expect(indexes).toContainEqual(
        expect.objectContaining({ name: `${table}_seq`, unique: 1, partial: 0 }),
      );
    }
  });

  test.each([
    ["runs", "status"],
    ["stages", "status"],
    ["steps", "status"],
    ["schedules", "status"],
    ["idempotency", "status"],
    ["workers", "status"],
    ["blob_tombstones", "state"],
  ])("table %s refuses a %s that is no word of the engine", (table, column) => {
    const fields = columnsOf(database, table).map(({ name }) => name);
    const values = fields.map((name) => (name === "ok" ? 1 : name === column ? "odd" : 0));
    const text = `INSERT INTO ${table} VALUES (${fields.map(() => "?").join()})`;
    expect(() => database.prepare(text).run(values)).toThrow(/CHECK/);
  });

  test("put a prefix before every table and index and before nothing else", () => {
    const names = [...namesOf(database, "table"), ...namesOf(database, "index")];
    const other = migrated("acme_");
    const prefixedNames = [...namesOf(other, "table"), ...namesOf(other, "index")];
    expect(prefixedNames.sort()).toEqual(names.map((name) => `acme_${name}`).sort());
    expect(columnsOf(other, "acme_steps")).toEqual(columnsOf(database, "steps"));
  });

  test.each(Object.keys(PROVIDERS) as Provider[])(
    "for %s are embedded as they are in their folder",
    (provider) => {
      expect(readFileSync(embedded(provider), "utf8")).toBe(renderMigrations(provider));
    },
  );
});

describe("a table prefix", () => {
  test.each(["a", "acme_", "x9_y", "a".repeat(31)])("may be %s", (prefix) => {
    expect(createSchema(sqliteDialect, prefix).tables.runs.sql).toBe(`"${prefix}runs"`);
  });

  test.each(["A", "9a", "_a", "a-b", "a b", 'a"', "a;--", "ä", "a".repeat(32), "a\n", "sqlite_"])(
    "may not be %j",
    (prefix) => {
      expect(() => createSchema(sqliteDialect, prefix)).toThrow(/tablePrefix/);
    },
  );
});
