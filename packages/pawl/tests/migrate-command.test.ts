import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pawl } from "../src/index.ts";
import { NEWEST, runHere, runPawl } from "./run-pawl.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pawl-migrate-"));
  path = join(folder, "pawl.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const change = (sql: string): void => {
  const database = new Database(path);
  database.exec(sql);
  database.close();
};

describe("pawl migrate on a file [111]", () => {
  test("applies what is missing, says so, and has nothing to do the second time", async () => {
    const first = await runPawl(["migrate"], { PAWL_DATABASE_URL: `file:${path}` });
    expect(first).toMatchObject({ code: 0, complaint: "" });
    expect(first.out).toMatch(/^applying 0001_first\napplied {2}0001_first in \d+ ms\n/);
    const second = await runPawl(["migrate", "--database", path]);
    expect(second.code).toBe(0);
    expect(second.out).toBe(`${path} is up to date at schema ${NEWEST}\n`);
    const app = await pawl({ workflows: [], databasePath: path, worker: false });
    await app.stop();
  });

  test("--status says what is pending and makes nothing, then what is applied", async () => {
    const before = await runHere(["migrate", "--status", "--database", path]);
    expect(before.said.slice(0, 2)).toEqual([`${path} is at schema 0`, "pending  0001_first"]);
    expect(existsSync(path)).toBe(false);
    await runHere(["migrate", "--database", path]);
    const after = await runHere(["migrate", "--status", "--json", "--database", path]);
    const report = JSON.parse(after.said.join());
    expect(report).toMatchObject({ place: path, version: NEWEST, pending: [] });
    expect(report.applied[0]).toEqual({ number: 1, name: "first" });
    expect(report.applied).toHaveLength(NEWEST);
  });

  test("of two at once one applies and both succeed", async () => {
    const args = ["migrate", "--json", "--database", path];
    const ended = await Promise.all([runPawl(args), runPawl(args)]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const done = ended.map(({ out }) => JSON.parse(out).done.length);
    expect(done.sort()).toEqual([0, NEWEST]);
  });

  test.each([
    ["newer", "UPDATE meta SET value = '99'", "E_SCHEMA_NEWER"],
    ["edited", "UPDATE migrations SET checksum = 'other'", "E_SCHEMA_EDITED"],
  ])("refuses a schema that is %s, also when asked for its status", async (_, sql, code) => {
    await runHere(["migrate", "--database", path]);
    change(sql);
    for (const more of [[], ["--status"]]) {
      const ended = await runHere(["migrate", "--json", "--database", path, ...more]);
      expect(ended.code).toBe(1);
      expect(ended.complaint).toMatch(new RegExp(`^${code}: .*${path}`));
      expect(JSON.parse(ended.said.join())).toMatchObject({ error: { code } });
    }
  });

  test("puts a prefix before every table", async () => {
    await runHere(["migrate", "--database", path, "--table-prefix", "acme_"]);
    const database = new Database(path, { readonly: true });
    const names = database.prepare("SELECT name FROM sqlite_master").pluck().all() as string[];
    database.close();
    expect(names).toContain("acme_runs");
    expect(names).not.toContain("runs");
  });
});

describe("a command line that makes no sense ends with 2 and what to do", () => {
  test.each([
    [
      ["migrate", "--datbase", "x"],
      /Unknown option '--datbase'[\s\S]*Did you mean --database\?[\s\S]*pawl migrate --help/,
    ],
    [["migrate", "--database", "nonsense"], /--database is "nonsense", neither a URL nor a path/],
    [["migrate", "now"], /now/],
    [["migrate", "--database", ""], /--database takes a URL or a path/],
    [["migrate", "--database", "redis://somewhere"], /--database is a redis: URL/],
    [["migrate", "--database", "a.db", "--schema", "x"], /--schema is for PostgreSQL/],
    [["migrate", "--database", "a.db", "--table-prefix", "A-"], /tablePrefix "A-"/],
    [["migrat"], /There is no command "migrat"\. Did you mean "migrate"\?/],
    [[], /A command is missing/],
  ])("%j", async (args, complaint) => {
    const ended = await runHere(args);
    expect(ended).toMatchObject({ code: 2, said: [] });
    expect(ended.complaint).toMatch(complaint);
  });

  test("--help ends with 0", async () => {
    const help = (await runHere(["--help"])).said.join();
    const variables = ["PAWL_DATABASE_URL", "PAWL_QUEUE_URL", "PAWL_BLOB_URL", "PAWL_MIGRATE"];
    for (const name of ["migrate", ...variables]) expect(help).toContain(name);
    expect(await runHere(["migrate", "--help"])).toMatchObject({ code: 0, complaint: "" });
  });
});
