import { planOf, runOf } from "@pawl/test-parts/plans";
import { afterEach, beforeEach, expect, test } from "vitest";
import { POSTGRES_MIGRATIONS } from "../../src/migrations/postgres.generated.ts";
import { onPostgres } from "./on-postgres.ts";
import type { TemporarySchema } from "./temporary-database.ts";

onPostgres("a schema of PostgreSQL", (place) => {
  let schema: TemporarySchema;
  beforeEach(() => {
    schema = place().database.schema({ fresh: true });
  });
  afterEach(() => schema.remove());

  const run = async (text: string): Promise<readonly Record<string, unknown>[]> =>
    (await schema.pool.query(text.replaceAll("$s", `"${schema.schema}"`))).rows;
  const tables = async (): Promise<number> =>
    Number(
      (await run(`SELECT count(*) FROM pg_tables WHERE schemaname = '${schema.schema}'`))[0]?.count,
    );

  test("is not made unasked: a stray URL gets no tables", async () => {
    const opening = schema.open({ migrate: undefined as never });
    await expect(opening).rejects.toMatchObject({ code: "E_SCHEMA_MISSING" });
    await expect(opening).rejects.toThrow(new RegExp(`schema ${schema.schema} lacks migrations 1`));
    expect(await tables()).toBe(0);
  });

  test("records number, name, checksum, instant and duration of each migration", async () => {
    await schema.open();
    const expected = POSTGRES_MIGRATIONS.map(({ number, name, checksum }) => ({
      number: `${number}`,
      name,
      checksum,
      applied_at: `${schema.clock.now()}`,
      duration_ms: expect.any(String),
    }));
    expect(await run("SELECT * FROM $s.migrations ORDER BY number")).toEqual(expected);
    await schema.open({ migrate: false });
  });

  test("is made once by ten starters at once [111]", async () => {
    const opened = await Promise.all(Array.from({ length: 10 }, () => schema.open({ poolMax: 1 })));
    const runs = opened.map((one, i) => one.commit(planOf({ writes: [runOf(`run ${i}`)] })));
    expect((await Promise.all(runs)).every(({ ok }) => ok)).toBe(true);
    expect(await run("SELECT number FROM $s.migrations")).toHaveLength(POSTGRES_MIGRATIONS.length);
  });

  const newer = (minCompatible: number) => `
    INSERT INTO $s.migrations VALUES (99, 'future', 'sum', 0, 0);
    UPDATE $s.meta SET value = '99' WHERE key = 'schemaVersion';
    UPDATE $s.meta SET value = '${minCompatible}' WHERE key = 'minCompatible'`;

  test("that is newer is refused, and not touched", async () => {
    await schema.open();
    await run(newer(99));
    await run("DROP TABLE $s.logs");
    const before = await tables();
    await expect(schema.open()).rejects.toMatchObject({ code: "E_SCHEMA_NEWER" });
    expect(await tables()).toBe(before);
  });

  test("that is newer but only added is used", async () => {
    await schema.open();
    await run(`${newer(1)}; ALTER TABLE $s.runs ADD COLUMN colour TEXT`);
    const persistence = await schema.open();
    expect(await persistence.commit(planOf({ writes: [runOf("run")] }))).toMatchObject({
      ok: true,
    });
    expect((await persistence.load("run", {}))?.run.id).toBe("run");
  });

  test("whose migration was edited since is refused", async () => {
    await schema.open();
    await run("UPDATE $s.migrations SET checksum = 'other'");
    await expect(schema.open()).rejects.toMatchObject({ code: "E_SCHEMA_EDITED" });
  });

  test.each([
    ["an application", "CREATE TABLE $s.audit (a text)", "audit"],
    [
      "another migrator",
      "CREATE TABLE $s.meta (a text); CREATE TABLE $s.migrations (a text)",
      "meta, migrations",
    ],
    ["a view", "CREATE VIEW $s.runs AS SELECT 1 AS one", "runs"],
  ])("leaves tables of %s as they are, and says which", async (_, make, names) => {
    await run(`CREATE SCHEMA $s; ${make}`);
    const before = await tables();
    for (const migrate of [true, false]) {
      const error = await schema.open({ migrate }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "E_SCHEMA_TAKEN", kind: "invalid" });
      expect(String(error)).toContain(`needs: ${names}. Nothing was changed`);
    }
    expect(await tables()).toBe(before);
    await schema.open({ tablePrefix: "pawl_" });
    expect(await tables()).toBeGreaterThan(20);
  });

  test("keeps nothing of a migration that fails", async () => {
    await run(
      'CREATE SCHEMA $s; CREATE TABLE $s.other (a text); CREATE INDEX "runs_live" ON $s.other (a)',
    );
    await expect(schema.open()).rejects.toMatchObject({ code: "E_SCHEMA_TAKEN" });
    expect(await tables()).toBe(1);
    await run("DROP TABLE $s.other");
    await schema.open();
    expect(await tables()).toBeGreaterThan(20);
  });

  test("is the one that ?schema= of the URL names", async () => {
    const url = `${schema.url}?schema=${schema.schema}`;
    const persistence = await schema.open({ url, schema: undefined as never });
    await persistence.commit(planOf({ writes: [runOf("run")] }));
    expect(await run("SELECT id FROM $s.runs")).toEqual([{ id: "run" }]);
    await expect(schema.open({ url, schema: "other" })).rejects.toMatchObject({
      code: "E_ARGUMENT_INVALID",
      message: expect.stringMatching(/schema is "other".*\?schema=case_/),
    });
  });

  test("holds tables of two prefixes side by side", async () => {
    const one = await schema.open({ tablePrefix: "one_" });
    const two = await schema.open({ tablePrefix: "two_" });
    await one.commit(planOf({ writes: [runOf("run")] }));
    expect(await two.load("run", {})).toBeUndefined();
    expect((await one.load("run", {}))?.run.id).toBe("run");
  });
});
