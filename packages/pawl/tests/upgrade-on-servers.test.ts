import { readFileSync } from "node:fs";
import { createMysqlPersistence, createPostgresPersistence } from "@pawl/persistence-sql";
import { freshDatabase } from "@pawl/services";
import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import Database from "better-sqlite3";
import mariadbDriver from "mariadb";
import pg from "pg";
import { expect, it } from "vitest";
import { FIRST_SCHEMA, finishes, Process, temporaryFile, WRITTEN_AT } from "./first-schema.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];
type Run = (text: string, values?: readonly unknown[]) => Promise<Rows>;

const onPostgres = async (url: string) => {
  const client = new pg.Client(url);
  await client.connect();
  const run: Run = async (text, values = []) => (await client.query(text, [...values])).rows;
  return { run, end: () => client.end() };
};

const onMariadb = async (url: string) => {
  const connection = await mariadbDriver.createConnection(url);
  const run: Run = async (text, values = []) =>
    connection.query(text.replaceAll('"', "`").replace(/\$\d+/g, "?"), [...values]);
  return { run, end: () => connection.end() };
};

/** MariaDB has a clock of its own alone: what is a day later to others is now. */
const onServerTime = ({ url }: { readonly url: string }) =>
  createMysqlPersistence({ url, migrate: true });

const servers = [
  {
    name: "Postgres",
    server: await postgres(),
    client: onPostgres,
    open: createPostgresPersistence,
  },
  { name: "MariaDB", server: await mariadb(), client: onMariadb, open: onServerTime },
] as const;

const SINCE_MS = Date.now() - (WRITTEN_AT + 86_400_000);

/** Takes back what came after the first migration. Each new one adds its line. */
async function stepBack(run: Run): Promise<void> {
  await run("ALTER TABLE workers DROP COLUMN lock_name");
  await run("DELETE FROM migrations WHERE number > 1");
  await run(`UPDATE meta SET value = '1' WHERE "key" = 'schemaVersion'`);
}

/** Fills tables with the rows of a file, column by column of the same name. */
async function fill(run: Run, file: Database.Database): Promise<void> {
  const tables = file.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  for (const table of tables as string[]) {
    if (table === "meta" || table === "migrations") continue;
    for (const row of file.prepare(`SELECT * FROM "${table}"`).all() as Rows) {
      const entries = Object.entries(row).filter(([name]) => name !== "ok");
      const names = entries.map(([name]) => `"${name}"`).join(", ");
      const places = entries.map((_, at) => `$${at + 1}`).join(", ");
      const values = entries.map(([, value]) => value);
      await run(`INSERT INTO "${table}" (${names}) VALUES (${places})`, values);
    }
  }
}

for (const { name, server, client, open } of servers) {
  describeOn(`a database of the first schema on ${name}`, server, (there) => {
    it("opens, and every run in it ends [112]", async () => {
      const database = await freshDatabase(there);
      const folder = temporaryFile();
      const { run, end } = await client(database.url);
      const file = new Database(":memory:");
      file.exec(readFileSync(FIRST_SCHEMA, "utf8"));
      try {
        await (await open({ url: database.url, migrate: true })).close();
        await stepBack(run);
        await fill(run, file);
        if (name === "MariaDB") await run("UPDATE runs SET deadline = deadline + $1", [SINCE_MS]);
        await finishes((now) =>
          Process.opening(now, {
            blobs: folder.path,
            open: (clock) => open({ url: database.url, migrate: true, clock }),
          }),
        );
        const numbers = await run("SELECT number FROM migrations ORDER BY number");
        expect(numbers.length).toBeGreaterThan(1);
      } finally {
        file.close();
        await end();
        await database.drop();
        folder.remove();
      }
    });
  });
}
