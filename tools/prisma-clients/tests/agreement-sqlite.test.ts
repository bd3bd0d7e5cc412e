import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schemaFile } from "../src/schema-file.ts";
import { difference } from "./difference.ts";
import { migratedFile } from "./migrated-databases.ts";
import { sqlFromNothing, sqlToReach } from "./schema-engine.ts";
import { sqliteAdapter } from "./sqlite-adapter.ts";
import { sqliteCatalog } from "./sqlite-catalog.ts";

describe("the migrations and the Prisma schema of SQLite", () => {
  const folder = mkdtempSync(`${tmpdir()}/pawl-agreement-`);
  const models = schemaFile("sqlite");
  const migrated = `${folder}/migrated.db`;
  beforeAll(() => migratedFile(migrated));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("describe the same tables: Prisma finds nothing to change", async () => {
    expect(await sqlToReach("sqlite", sqliteAdapter(migrated), models)).toBe("");
  });

  test("make the same columns, keys and indexes, but the index on an expression", async () => {
    const made = `${folder}/made.db`;
    const sql = await sqlFromNothing("sqlite", sqliteAdapter(migrated), models);
    new Database(made).exec(sql).close();
    expect(difference(sqliteCatalog(migrated), sqliteCatalog(made))).toEqual({
      onlyMigrated: [expect.stringMatching(/^CREATE INDEX stages_undispatched ON stages/)],
      onlySaid: [],
    });
  });

  test("agree no more when the database has a column that the schema has not", async () => {
    const path = await migratedFile(`${folder}/wider.db`);
    new Database(path).exec("ALTER TABLE runs ADD COLUMN colour TEXT").close();
    expect(await sqlToReach("sqlite", sqliteAdapter(path), models)).toContain('"runs"');
  });

  test("agree no more when the schema has a column that the database has not", async () => {
    const wider = models.replace("model PawlRun {", "model PawlRun {\n  colour String?");
    expect(await sqlToReach("sqlite", sqliteAdapter(migrated), wider)).toMatch(
      /ALTER TABLE "runs" ADD COLUMN\s+"colour" TEXT/,
    );
  });
});
