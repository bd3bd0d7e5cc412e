import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LogRecording } from "../src/measure/log-recording.ts";

let folder: string;
let database: Database.Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pawl-log-"));
  database = new Database(join(folder, "a.db"));
  database.pragma("journal_mode = WAL");
  database.exec("CREATE TABLE t (v TEXT)");
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

it("counts the transactions that wrote, not their statements, and those that did not", async () => {
  const log = await LogRecording.begin(join(folder, "a.db"));
  for (let i = 0; i < 3; i += 1) database.exec("INSERT INTO t VALUES ('alone')");
  database.exec("BEGIN; INSERT INTO t VALUES ('a'); INSERT INTO t VALUES ('b'); COMMIT");
  database.exec("BEGIN; COMMIT; SELECT * FROM t");
  expect((await log.end()).commits).toBe(4);
});

it("loses nothing to checkpoints, and starts from nothing", async () => {
  database.exec("INSERT INTO t VALUES ('before')");
  const log = await LogRecording.begin(join(folder, "a.db"));
  const insert = database.prepare("INSERT INTO t VALUES (?)");
  for (let i = 0; i < 3_000; i += 1) insert.run("x".repeat(100));
  const { commits, bytes } = await log.end();
  expect(commits).toBe(3_000);
  expect(bytes).toBeGreaterThanOrEqual(3_000 * 4_096);
});

it("sees what another copy of SQLite writes, beyond its checkpoints", async () => {
  const other = new DatabaseSync(join(folder, "a.db"));
  const log = await LogRecording.begin(join(folder, "a.db"));
  const insert = other.prepare("INSERT INTO t VALUES (?)");
  for (let i = 0; i < 3_000; i += 1) insert.run("x".repeat(100));
  other.close();
  expect((await log.end()).commits).toBe(3_000);
});

it("nothing written is nothing", async () => {
  const log = await LogRecording.begin(join(folder, "a.db"));
  expect(await log.end()).toEqual({ commits: 0, bytes: 0 });
});
