import { readFileSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, test } from "vitest";
import {
  FIRST_SCHEMA,
  finishes,
  Process,
  sqlOf,
  temporaryFile,
  WRITTEN_AT,
  writeStates,
} from "./first-schema.ts";

let file: ReturnType<typeof temporaryFile>;
beforeEach(() => {
  file = temporaryFile();
});
afterEach(() => file.remove());

test("a file of the first schema opens, and every run in it ends [112]", async () => {
  const database = new Database(file.path);
  database.exec(readFileSync(FIRST_SCHEMA, "utf8"));
  database.close();
  await finishes((now) => Process.on(file.path, now));
});

test("so does one that is written today", async () => {
  const writer = await Process.on(file.path, WRITTEN_AT);
  await writeStates(writer);
  await writer.close();
  const { PAWL_WRITE_FIXTURE } = process.env;
  if (PAWL_WRITE_FIXTURE) writeFileSync(PAWL_WRITE_FIXTURE, sqlOf(file.path));
  await finishes((now) => Process.on(file.path, now));
});
