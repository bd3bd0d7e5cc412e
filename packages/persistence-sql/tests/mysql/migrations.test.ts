import { describeOn, mariadb } from "@pawl/services/vitest";
import { planOf, runOf } from "@pawl/test-parts/plans";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMysqlPersistence } from "../../src/index.ts";
import type { Migration } from "../../src/migrations/migration.ts";
import { MYSQL_MIGRATIONS } from "../../src/migrations/mysql.generated.ts";
import { runMigrations } from "../../src/migrations/runner.ts";
import { connectServer } from "../../src/mysql/connect.ts";
import type { MysqlConnections } from "../../src/mysql/connections.ts";
import { mysqlMigrationStore } from "../../src/mysql/migration-store.ts";
import { serverOf } from "../../src/mysql/server.ts";
import { MysqlDatabase } from "./mysql-store.ts";

const [FIRST] = MYSQL_MIGRATIONS as [Migration];

const second = (sql: string, checksum = "second"): Migration => ({
  number: 2,
  name: "second",
  minCompatible: 1,
  checksum,
  sql,
});

describeOn("migrations on MariaDB [111]", await mariadb(), (server) => {
  let database: MysqlDatabase;
  let connections: MysqlConnections;

  beforeEach(async () => {
    database = await MysqlDatabase.empty(server);
    connections = await connectServer({ url: database.url });
  });
  afterEach(async () => {
    await connections.close();
    await database.drop();
  });

  const migrate = (migrations: readonly Migration[], apply = true) => {
    const place = { connections, server: serverOf("10.11-MariaDB", ""), prefix: "" };
    const store = mysqlMigrationStore({ ...place, now: () => null });
    return runMigrations(store, { migrations, apply });
  };
  const tables = async () => (await database.run("SHOW TABLES")).flat();
  const open = (options: object = {}) =>
    createMysqlPersistence({ url: database.url, ...options }).then((opened) => opened.close());

  test("are recorded with number, name, checksum, the server's time and duration", async () => {
    const before = Date.now();
    await migrate(MYSQL_MIGRATIONS);
    const [row] = await database.run("SELECT * FROM migrations");
    expect(row?.slice(0, 3)).toEqual([1, "first", FIRST.checksum]);
    expect(Math.abs(Number(row?.[3]) - before)).toBeLessThan(60_000);
    const meta = await database.run("SELECT * FROM meta ORDER BY `key`");
    expect(meta).toContainEqual(["schemaVersion", `${MYSQL_MIGRATIONS.length}`]);
  });

  test("are not applied unasked", async () => {
    await expect(open()).rejects.toMatchObject({ code: "E_SCHEMA_MISSING" });
    expect(await tables()).toEqual([]);
    await open({ migrate: true });
    await open();
  });

  test("of many starters are applied once", async () => {
    await Promise.all(Array.from({ length: 6 }, () => open({ migrate: true, poolMax: 1 })));
    expect(await database.run("SELECT number FROM migrations ORDER BY number")).toEqual(
      MYSQL_MIGRATIONS.map(({ number }) => [number]),
    );
    const [free] = await database.run(
      "SELECT count(*) FROM information_schema.processlist" +
        " WHERE db = DATABASE() AND state LIKE 'User lock%'",
    );
    expect(free).toEqual([0]);
  });

  test("wait for another process beyond the time that a statement has", async () => {
    const name = `LEFT(SHA1(CONCAT(DATABASE(), '/', '')), 32)`;
    const lock = `CONCAT('pawl migrate ', ${name})`;
    expect(await database.run(`SELECT GET_LOCK(${lock}, 0)`)).toEqual([[1]]);
    const opening = open({ migrate: true, statementTimeoutMs: 50 });
    const isWaiting =
      "SELECT count(*) FROM information_schema.processlist" +
      " WHERE db = DATABASE() AND state = 'User lock'";
    await expect.poll(() => database.run(isWaiting)).toEqual([[1]]);
    await database.run("DO SLEEP(0.3)");
    await database.run(`SELECT RELEASE_LOCK(${lock})`);
    await opening;
    expect((await tables()).length).toBe(24);
  });

  test("of a newer schema are refused before any change", async () => {
    await migrate(MYSQL_MIGRATIONS);
    await database.run("INSERT INTO migrations VALUES (99, 'future', 'sum', 0, 0)");
    await database.run("UPDATE meta SET value = '99'");
    const before = await tables();
    await expect(open({ migrate: true })).rejects.toMatchObject({ code: "E_SCHEMA_NEWER" });
    expect(await tables()).toEqual(before);
  });

  test("of a newer schema that only added are no obstacle", async () => {
    const coloured = 'ALTER TABLE "runs" ADD COLUMN colour TEXT';
    await migrate([...MYSQL_MIGRATIONS, { ...second(coloured), number: 99 }]);
    const persistence = await createMysqlPersistence({ url: database.url });
    expect(await persistence.commit(planOf({ writes: [runOf("run")] }))).toMatchObject({
      ok: true,
    });
    await persistence.close();
  });

  test("that were edited since are refused", async () => {
    await migrate(MYSQL_MIGRATIONS);
    await database.run("UPDATE migrations SET checksum = 'other'");
    await expect(open({ migrate: true })).rejects.toMatchObject({ code: "E_SCHEMA_EDITED" });
  });

  const TWO = 'CREATE TABLE "one" (a BIGINT);\nCREATE TABLE "two" (a BIGINT);\n';

  test("that broke off go on where they were", async () => {
    await migrate([FIRST]);
    const blocked = "CREATE TABLE two (b BIGINT)";
    await database.run(blocked);
    const third = second(`${TWO}CREATE TABLE "three" (a BIGINT);\n`);
    await expect(migrate([FIRST, third])).rejects.toMatchObject({
      code: "E_SCHEMA_TAKEN",
      message: expect.stringContaining("'two' already exists"),
    });
    expect(await tables()).toContain("one");
    expect(await database.run("SELECT count(*) FROM migrations")).toEqual([[1]]);
    await database.run("DROP TABLE two");
    await migrate([FIRST, third]);
    expect(await tables()).toEqual(expect.arrayContaining(["one", "two", "three"]));
    expect(await database.run("SELECT count(*) FROM migrations")).toEqual([[2]]);
  });

  test("that broke off between a table and its note take the table for made", async () => {
    await migrate([FIRST]);
    const broken = second("CREATE TABLE oh no;\n");
    await expect(migrate([FIRST, broken])).rejects.toThrow(/SQL syntax/);
    await database.run("CREATE TABLE one (a BIGINT)");
    await migrate([FIRST, second(TWO)]);
    expect(await tables()).toEqual(expect.arrayContaining(["one", "two"]));
  });

  test("that broke off and were edited since are refused", async () => {
    await migrate([FIRST]);
    await expect(migrate([FIRST, second(`${TWO}CREATE TABLE oh no;\n`)])).rejects.toThrow(
      /SQL syntax/,
    );
    const edited = migrate([FIRST, second(TWO, "edited")]);
    await expect(edited).rejects.toMatchObject({ code: "E_SCHEMA_EDITED" });
    await expect(edited).rejects.toThrow(/broken off after 2 statements/);
  });

  /** Makes the first tables as a migration does that breaks off after them. */
  const breakOff = async (made: number, noted: number | undefined) => {
    const texts = FIRST.sql.replaceAll('"', "`").split(/;\s*$/m).slice(0, made);
    for (const text of texts) await database.run(text);
    const { number, checksum } = FIRST;
    const note = JSON.stringify({ number, checksum, done: noted });
    if (noted) await database.run("INSERT INTO meta VALUES ('migrating', ?)", [note]);
  };

  test.each([
    [1, undefined],
    [2, 1],
    [3, 2],
    [9, 8],
    [9, 9],
  ])(
    "of the first schema go on after %s statements, of which %s are noted",
    async (made, noted) => {
      await breakOff(made, noted);
      await open({ migrate: true });
      expect((await tables()).length).toBe(24);
    },
  );

  test("of the first schema that broke off take no table for theirs that comes later", async () => {
    await breakOff(9, 8);
    await database.run("CREATE TABLE workers (name TEXT)");
    const before = await tables();
    await expect(open({ migrate: true })).rejects.toMatchObject({
      code: "E_SCHEMA_TAKEN",
      details: { tables: ["workers"] },
    });
    expect(await tables()).toEqual(before);
  });

  test.each([
    ["an application", ["events", "runs"]],
    ["another migrator", ["meta", "migrations"]],
  ])("leave tables of %s as they are, and say which", async (_, names) => {
    for (const name of names) await database.run(`CREATE TABLE ${name} (id INT, batch INT)`);
    for (const migrate of [true, false]) {
      const error = await open({ migrate }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "E_SCHEMA_TAKEN", kind: "invalid" });
      expect(String(error)).toMatch(new RegExp(`: ${names.join(", ")}\\. Nothing was changed`));
    }
    expect(await tables()).toEqual(names);
    await open({ migrate: true, tablePrefix: "pawl_" });
    expect((await tables()).length).toBe(24 + names.length);
  });

  test("don't mind a name that differs in case, where the server tells them apart", async () => {
    await database.run("CREATE TABLE Events (id INT)");
    const [[anyCase] = []] = await database.run("SELECT @@lower_case_table_names");
    const opening = open({ migrate: true }).then(() => "opened");
    if (anyCase === 0) expect(await opening).toBe("opened");
    else await expect(opening).rejects.toMatchObject({ code: "E_SCHEMA_TAKEN" });
  });

  test("are recorded whole, or not at all, where recording breaks off", async () => {
    await migrate([FIRST]);
    const breaking = { ...second(TWO), minCompatible: 2 };
    await database.run(
      "CREATE TRIGGER breaks BEFORE INSERT ON meta FOR EACH ROW" +
        " IF NEW.`key` = 'minCompatible' THEN SIGNAL SQLSTATE '45000'; END IF",
    );
    await expect(migrate([FIRST, breaking])).rejects.toThrow();
    expect(await database.run("SELECT count(*) FROM migrations")).toEqual([[1]]);
    await database.run("DROP TRIGGER breaks");
    await migrate([FIRST, breaking]);
    expect(await database.run("SELECT count(*) FROM migrations")).toEqual([[2]]);
    await expect(migrate([FIRST])).rejects.toMatchObject({ code: "E_SCHEMA_NEWER" });
  });

  test("of two prefixes stand side by side", async () => {
    await open({ migrate: true, tablePrefix: "one_" });
    await open({ migrate: true, tablePrefix: "two_" });
    expect((await tables()).length).toBe(48);
  });
});
