import { type FreshDatabase, freshDatabase } from "@pawl/services";
import { describeOn, postgres } from "@pawl/services/vitest";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { schemaFile } from "../src/schema-file.ts";
import { difference } from "./difference.ts";
import { migratedDatabase } from "./migrated-databases.ts";
import { postgresCatalog } from "./postgres-catalog.ts";
import { sqlFromNothing } from "./schema-engine.ts";

describeOn("the migrations and the Prisma schema of PostgreSQL", await postgres(), (server) => {
  const models = schemaFile("postgresql");
  let migrated: FreshDatabase;
  const databases: FreshDatabase[] = [];
  beforeAll(async () => {
    migrated = await migratedDatabase(server);
    databases.push(migrated);
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
  });

  async function run(url: string, sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  }

  /** The catalog of a database that Prisma made from a schema. */
  async function said(text: string): Promise<readonly string[]> {
    const made = await freshDatabase(server);
    databases.push(made);
    const adapter = new PrismaPg({ connectionString: made.url });
    await run(made.url, await sqlFromNothing("postgresql", adapter, text));
    return await postgresCatalog(made.url);
  }

  test("make the same columns, keys and indexes, but checks and one on an expression", async () => {
    const found = difference(await postgresCatalog(migrated.url), await said(models));
    const names = found.onlyMigrated.map((line) => line.replace(/ (CHECK|ON) .*$/, ""));
    expect({ onlyMigrated: names, onlySaid: found.onlySaid }).toEqual({
      onlyMigrated: [
        "CREATE INDEX stages_undispatched",
        "attempts outcome_known",
        "blob_tombstones state_known",
        "idempotency status_known",
        "runs outcome_known",
        "runs status_known",
        "schedule_fires outcome_known",
        "schedules status_known",
        "stages status_known",
        "steps status_known",
        "waits outcome_known",
        "workers status_known",
      ],
      onlySaid: [],
    });
  });

  test("agree no more when one side has a column that the other has not", async () => {
    const wider = await migratedDatabase(server);
    databases.push(wider);
    await run(wider.url, "ALTER TABLE runs ADD COLUMN colour TEXT");
    const models2 = models.replace("model PawlRun {", "model PawlRun {\n  weight BigInt");
    const found = difference(await postgresCatalog(wider.url), await said(models2));
    expect(found.onlyMigrated).toContain("runs.colour text default none collate default");
    expect(found.onlySaid).toEqual(["runs.weight bigint NOT NULL default none collate none"]);
  });
});
