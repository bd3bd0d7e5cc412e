import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { openCounter } from "./counter.ts";
import type { Engine, EngineOptions, OpenEngine, Synchronous } from "./engine.ts";
import { openWorkflows, RESULT_POLL_MS, startedRun } from "./openworkflow-runs.ts";

const COUNT = "SELECT count(*) FROM workflow_runs WHERE status = 'completed'";

export const openWorkflowEngine: Engine = {
  name: "openworkflow",
  title: "OpenWorkflow",
  store: "sqlite",
  package: "openworkflow",
  settings:
    `starter and worker in one process; \`synchronous\` set on its own connection; ` +
    `results by looking every ${RESULT_POLL_MS} ms instead of its 1,000 ms`,
  operationsMax: 1_000,
  durable: true,
  handsOver: true,
  heir: "another",
  open,
};

async function open(options: EngineOptions): Promise<OpenEngine> {
  const { synchronous, concurrency, witness } = options;
  const databasePath = join(options.place.directory, "openworkflow.db");
  const backend = BackendSqlite.connect(databasePath);
  setSynchronous(backend, synchronous);
  const client = new OpenWorkflow({ backend });
  const works = openWorkflows(client, witness);
  const worker = options.worker ? client.newWorker({ concurrency }) : undefined;
  await worker?.start();
  const counter = openCounter("node:sqlite", databasePath, COUNT);
  return {
    databasePath,
    start: async (work, input) => {
      const { workflowRun } = await works[work].run(input);
      return startedRun(backend, workflowRun.id);
    },
    completed: async () => counter.count(),
    close: async () => {
      counter.close();
      await worker?.stop();
      await backend.stop();
    },
  };
}

/** It has no option for this; the connection is its own, so nobody else can say it. */
function setSynchronous(backend: BackendSqlite, synchronous: Synchronous): void {
  const database: unknown = Reflect.get(backend, "db");
  if (!(database instanceof DatabaseSync)) {
    throw new Error("OpenWorkflow keeps its connection elsewhere: its durability can't be set.");
  }
  database.exec(`PRAGMA synchronous = ${synchronous}`);
}
