import { readFileSync } from "node:fs";
import { columnKind, isNullable, TABLE_NAMES, TABLES } from "@pawl/kernel/ports";
import { beforeEach, expect, test } from "vitest";
import { embedded, renderMigrations } from "../../embed-migrations.ts";
import { postgresDialect } from "../../src/dialects/postgres.ts";
import { SQLITE_MIGRATIONS } from "../../src/migrations/sqlite.generated.ts";
import { createSchema, snake } from "../../src/statements/schema.ts";
import { onPostgres } from "./on-postgres.ts";
import type { TemporarySchema } from "./temporary-database.ts";

const STORED = {
  text: "text C",
  json: "text default",
  payload: "text default",
  int: "bigint",
  time: "bigint",
  bool: "boolean",
} as const;

const namesIn = (sql: string, what: string): readonly string[] =>
  [...sql.matchAll(new RegExp(`CREATE (?:UNIQUE )?${what} "(\\w+)"`, "g"))].map(
    ([, name]) => `${name}`,
  );

test("the embedded migrations are those of their folder", () => {
  expect(readFileSync(embedded("postgresql"), "utf8")).toBe(renderMigrations("postgresql"));
});

test.each(["a", "acme_x9", "_own", "a".repeat(63)])("a schema may be called %s", (name) => {
  expect(createSchema(postgresDialect, "p_", name).tables.runs.sql).toBe(`"${name}"."p_runs"`);
});

test.each(["A", "9a", "a-b", "a b", 'a"', "a;--", "ä", "a".repeat(64), "pg_own", ""])(
  "a schema may not be called %j",
  (name) => {
    expect(() => createSchema(postgresDialect, "", name)).toThrow(/schema .* is not allowed/);
  },
);

onPostgres("the tables of PostgreSQL", (place) => {
  let schema: TemporarySchema;
  beforeEach(async () => {
    ({ schema } = place());
    await schema.open();
  });

  const rows = async (text: string, ...values: unknown[]): Promise<readonly unknown[][]> =>
    (await schema.pool.query({ text, values: [schema.schema, ...values], rowMode: "array" })).rows;

  test("are those of the kernel, and meta and migrations", async () => {
    const found = await rows("SELECT tablename FROM pg_tables WHERE schemaname = $1");
    const tables = [...TABLE_NAMES.map(snake), "meta", "migrations"];
    expect(found.flat().sort()).toEqual(tables.sort());
  });

  test("have the kernel's columns, nulls and keys", async () => {
    for (const name of TABLE_NAMES) {
      const spec: { key: readonly string[]; columns: object } = TABLES[name];
      const columns = Object.entries(spec.columns).map(([field, column]) => [
        snake(field),
        STORED[columnKind(column)],
        !isNullable(column),
      ]);
      const table = `"${schema.schema}"."${snake(name)}"`;
      const found = await rows(
        "SELECT a.attname, a.atttypid::regtype || coalesce(' ' || l.collname, '')," +
          " a.attnotnull FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation" +
          " WHERE $1 <> '' AND a.attrelid = $2::regclass AND a.attnum > 0 ORDER BY a.attnum",
        table,
      );
      expect(found, name).toEqual(columns);
      const key = await rows(
        "SELECT a.attname FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(attnum, at)," +
          " pg_attribute a WHERE $1 <> '' AND i.indrelid = $2::regclass AND i.indisprimary" +
          " AND a.attrelid = i.indrelid AND a.attnum = k.attnum ORDER BY k.at",
        table,
      );
      expect(key.flat(), name).toEqual(spec.key.map(snake));
    }
  });

  test("have the indexes and checks of SQLite's, but for guards", async () => {
    const sqlite = SQLITE_MIGRATIONS.map(({ sql }) => sql).join("\n");
    const found = await rows(
      "SELECT indexname FROM pg_indexes WHERE schemaname = $1 AND indexname NOT LIKE '%_pkey'",
    );
    expect(found.flat().sort()).toEqual(namesIn(sqlite, "INDEX").toSorted());
    const checks = await rows(
      "SELECT r.relname, c.conname FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid" +
        " WHERE c.contype = 'c' AND c.connamespace = $1::regnamespace",
    );
    const known = [...sqlite.matchAll(/CREATE TABLE "(\w+)" \(([^;]*)/g)].flatMap(
      ([, table, body]) =>
        [...`${body}`.matchAll(/CONSTRAINT (\w+) CHECK/g)]
          .filter(([, name]) => name !== "guarded")
          .map(([, name]) => `${table} ${name}`),
    );
    expect(checks.map((row) => row.join(" ")).sort()).toEqual(known.sort());
  });

  test.each([
    ["runs", "status"],
    ["stages", "status"],
    ["steps", "status"],
    ["workers", "status"],
    ["blob_tombstones", "state"],
  ])("refuse a word that is none: %s.%s", async (table, column) => {
    const own = `"${schema.schema}"."${table}"`;
    const [spec] = TABLE_NAMES.filter((name) => snake(name) === table).map((name) => TABLES[name]);
    const row = Object.entries(spec?.columns ?? {}).map(([field, kind]) => [
      snake(field),
      snake(field) === column ? "odd" : columnKind(kind) === "bool" ? false : 0,
    ]);
    await expect(
      schema.pool.query(`INSERT INTO ${own} SELECT (json_populate_record(null::${own}, $1)).*`, [
        JSON.stringify(Object.fromEntries(row)),
      ]),
    ).rejects.toMatchObject({ code: "23514" });
  });
});
