import { join } from "node:path";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import Database from "better-sqlite3";
import { type Steps, WORK } from "../work/work.ts";
import type { Engine, EngineOptions, OpenEngine } from "./engine.ts";

export const bareEngine: Engine = {
  name: "bare",
  title: "bare better-sqlite3",
  store: "sqlite",
  package: "better-sqlite3",
  settings:
    "no engine: one INSERT per transaction into Pawl's table of steps with its indexes, one for " +
    "the start, one per step, one for the end",
  operationsMax: Number.POSITIVE_INFINITY,
  durable: false,
  handsOver: false,
  heir: "another",
  open,
};

const INSERT = `INSERT INTO steps (
    run_id, stage_id, map_index, generation, key, occurrence, kind, status, seq, output, failure,
    attempts, started_at, ended_at, fence, commit_id
  ) VALUES (?, 'main', 0, 0, ?, 0, 'step', 'completed', ?, ?, NULL, 1, ?, ?, 1, ?)`;

async function open({ place, synchronous, witness }: EngineOptions): Promise<OpenEngine> {
  const databasePath = join(place.directory, "bare.db");
  await (await createSqlitePersistence({ path: databasePath })).close();
  const database = new Database(databasePath);
  database.pragma("journal_mode = WAL");
  database.pragma(`synchronous = ${synchronous}`);
  const statement = database.prepare(INSERT);
  let inserted = 0;
  let started = 0;
  let completed = 0;
  const insert = (runId: string, key: string, output: unknown): void => {
    inserted += 1;
    const now = Date.now();
    const commitId = `01K${String(inserted).padStart(23, "0")}`;
    statement.run(runId, key, inserted, JSON.stringify(output), now, now, commitId);
  };
  const stepsOf = (runId: string): Steps => ({
    step: async (name, body) => {
      const output = await body();
      insert(runId, name, output);
      return output;
    },
    sleep: async () => {},
  });
  return {
    databasePath,
    start: async (work, input) => {
      started += 1;
      const runId = `01K${String(started).padStart(23, "0")}`;
      insert(runId, "start", input);
      const output = await WORK[work](stepsOf(runId), input, witness);
      insert(runId, "end", output);
      completed += 1;
      return { result: async () => output };
    },
    completed: async () => completed,
    close: async () => void database.close(),
  };
}
