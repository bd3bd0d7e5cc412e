import pg from "pg";
import { type Steps, WORK } from "../../work/work.ts";
import type { Engine, EngineOptions, OpenEngine, Place } from "../engine.ts";

const CONNECTIONS = 20;

export const barePostgresEngine: Engine = {
  name: "bare",
  store: "postgres",
  title: "bare pg",
  package: "pg",
  settings:
    "no engine: one INSERT per transaction into a table with a primary key, one for the start, " +
    `one per step, one for the end; ${CONNECTIONS} connections`,
  operationsMax: Number.POSITIVE_INFINITY,
  durable: false,
  handsOver: false,
  heir: "itself",
  prepare,
  open,
};

async function prepare({ url }: Place): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE TABLE steps (
    run_id text NOT NULL, key text NOT NULL, output jsonb, at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, key))`);
  await client.end();
  return async () => {};
}

const INSERT = {
  name: "insert",
  text: "INSERT INTO steps (run_id, key, output) VALUES ($1, $2, $3)",
};

async function open({ place, witness }: EngineOptions): Promise<OpenEngine> {
  const pool = new pg.Pool({ connectionString: place.url, max: CONNECTIONS });
  let started = 0;
  let completed = 0;
  const insert = async (runId: string, key: string, output: unknown): Promise<void> => {
    await pool.query({ ...INSERT, values: [runId, key, JSON.stringify(output)] });
  };
  const stepsOf = (runId: string): Steps => ({
    step: async (name, body) => {
      const output = await body();
      await insert(runId, name, output);
      return output;
    },
    sleep: async () => {},
  });
  return {
    start: async (work, input) => {
      started += 1;
      const runId = `run-${started}`;
      await insert(runId, "start", input);
      const output = await WORK[work](stepsOf(runId), input, witness);
      await insert(runId, "end", output);
      completed += 1;
      return { result: async () => output };
    },
    completed: async () => completed,
    close: () => pool.end(),
  };
}
