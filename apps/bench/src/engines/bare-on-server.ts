import { type Steps, WORK } from "../work/work.ts";
import type { Engine, EngineOptions, OpenEngine } from "./engine.ts";

export const CONNECTIONS = 20;

/** One row per call, each in a transaction of its own. */
export interface Inserts {
  insert(runId: string, key: string, output: string): Promise<void>;
  close(): Promise<void>;
}

/** A driver and nothing else: what a server and its disk allow one that keeps every step. */
export const bareOnServer = (
  of: Pick<Engine, "store" | "title" | "package"> & Required<Pick<Engine, "prepare">>,
  inserting: (url: string) => Inserts,
): Engine => ({
  ...of,
  name: "bare",
  settings:
    "no engine: one INSERT per transaction into a table with a primary key, one for the start, " +
    `one per step, one for the end; ${CONNECTIONS} connections`,
  operationsMax: Number.POSITIVE_INFINITY,
  durable: false,
  handsOver: false,
  heir: "itself",
  open: async (options) => openBare(options, inserting(options.place.url)),
});

function openBare({ witness }: EngineOptions, inserts: Inserts): OpenEngine {
  let started = 0;
  let completed = 0;
  const insert = (runId: string, key: string, output: unknown): Promise<void> =>
    inserts.insert(runId, key, JSON.stringify(output));
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
    close: () => inserts.close(),
  };
}
