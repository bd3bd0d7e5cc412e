import type { FreshDatabase } from "@pawl/services";
import { describeOn, mariadb } from "@pawl/services/vitest";
import { createConnection } from "mariadb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { schemaFile } from "../src/schema-file.ts";
import { difference } from "./difference.ts";
import { migratedDatabase } from "./migrated-databases.ts";
import { mysqlCatalog } from "./mysql-catalog.ts";
import { schemaCatalog } from "./schema-catalog.ts";

/** Columns that serve an index and nothing else: Prisma's clients do not see them. */
const COMPUTED = [
  "runs.undelivered tinyint(1) default none",
  "stages.dispatched_since bigint default none",
];

describeOn("the migrations and the Prisma schema of MariaDB", await mariadb(), (server) => {
  const models = schemaFile("mysql");
  let migrated: FreshDatabase;
  beforeAll(async () => {
    migrated = await migratedDatabase(server);
  });
  afterAll(() => migrated.drop());

  test("say the same columns, keys and indexes, but columns for an index alone", async () => {
    expect(difference(await mysqlCatalog(migrated.url), schemaCatalog(models))).toEqual({
      onlyMigrated: COMPUTED,
      onlySaid: [],
    });
  });

  test("agree no more when the schema has a column that the database has not", async () => {
    const wider = models.replace("model PawlRun {", "model PawlRun {\n  weight BigInt");
    const found = difference(await mysqlCatalog(migrated.url), schemaCatalog(wider));
    expect(found.onlySaid).toEqual(["runs.weight bigint NOT NULL default none"]);
  });

  test("agree no more when the database has a column that the schema has not", async () => {
    const connection = await createConnection(migrated.url);
    await connection.query("ALTER TABLE runs ADD COLUMN colour VARCHAR(16)");
    await connection.end();
    const found = difference(await mysqlCatalog(migrated.url), schemaCatalog(models));
    expect(found.onlyMigrated).toContain("runs.colour varchar(16) default none");
  });
});
