import { readFileSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  finishAll,
  Process,
  sqlOf,
  temporaryFile,
  WRITTEN_AT,
  writeStates,
} from "./first-schema.ts";

/** Written once, by the version of the first schema: later ones must go on opening it. */
const FIXTURE = new URL("../../persistence-sql/tests/fixtures/first-schema.sql", import.meta.url);
const DAY_MS = 86_400_000;

let file: ReturnType<typeof temporaryFile>;
beforeEach(() => {
  file = temporaryFile();
});
afterEach(() => file.remove());

const WRITTEN: Readonly<Record<string, string>> = {
  completed: "completed",
  suspended: "running",
  paused: "paused",
  overdue: "running",
  retrying: "running",
  failed: "failed",
  cancelled: "cancelled",
  joining: "running",
  quarantined: "running",
  pending: "pending",
  ready: "running",
};

async function statuses(process: Process): Promise<Readonly<Record<string, string>>> {
  const entries = Object.keys(WRITTEN).map(
    async (name) => [name, (await process.runOf(name)).status] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** Every run ends as it would have, had nothing been upgraded. */
async function finishes(path: string): Promise<void> {
  const process = await Process.on(path, WRITTEN_AT + DAY_MS);
  try {
    expect(await statuses(process)).toEqual(WRITTEN);
    await finishAll(process);
    const ended = Object.fromEntries(Object.keys(WRITTEN).map((name) => [name, "completed"]));
    expect(await statuses(process)).toEqual({
      ...ended,
      cancelled: "cancelled",
      overdue: "failed",
    });
    const { id } = await process.runOf("suspended");
    const run = await process.kernel.query.getRun(id);
    expect(run.output).toBe("suspended before and after");
    const retried = await process.kernel.query.getRun((await process.runOf("retrying")).id);
    expect(retried.output).toEqual([new Map([["k", 1n]]), new Date(0)]);
    expect(await process.kernel.dispatch({ type: "deadletter.list" })).toEqual([]);
  } finally {
    await process.close();
  }
}

test("a file of the first schema opens, and every run in it ends [112]", async () => {
  const database = new Database(file.path);
  database.exec(readFileSync(FIXTURE, "utf8"));
  database.close();
  await finishes(file.path);
});

test("so does one that is written today", async () => {
  const writer = await Process.on(file.path, WRITTEN_AT);
  await writeStates(writer);
  await writer.close();
  const { PAWL_WRITE_FIXTURE } = process.env;
  if (PAWL_WRITE_FIXTURE) writeFileSync(PAWL_WRITE_FIXTURE, sqlOf(file.path));
  await finishes(file.path);
});
