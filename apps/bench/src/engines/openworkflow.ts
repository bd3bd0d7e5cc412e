import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as after } from "node:timers/promises";
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
import { type Steps, type Witness, WORK, type WorkInput, type WorkName } from "../work/work.ts";
import { openCounter } from "./counter.ts";
import type { Engine, EngineOptions, OpenEngine, StartedRun, Synchronous } from "./engine.ts";

const RESULT_POLL_MS = 2;
const COUNT = "SELECT count(*) FROM workflow_runs WHERE status = 'completed'";

export const openWorkflowEngine: Engine = {
  name: "openworkflow",
  title: "OpenWorkflow",
  package: "openworkflow",
  settings:
    `starter and worker in one process; \`synchronous\` set on its own connection; ` +
    `results by looking every ${RESULT_POLL_MS} ms instead of its 1,000 ms`,
  operationsMax: 1_000,
  durable: true,
  open,
};

type StepsOfRun = Parameters<Parameters<OpenWorkflow["defineWorkflow"]>[1]>[0]["step"];

async function open(options: EngineOptions): Promise<OpenEngine> {
  const { directory, synchronous, concurrency, witness } = options;
  const databasePath = join(directory, "openworkflow.db");
  const backend = BackendSqlite.connect(databasePath);
  setSynchronous(backend, synchronous);
  const client = new OpenWorkflow({ backend });
  const works = {
    sequence: workflow(client, "sequence", witness),
    fanOut: workflow(client, "fanOut", witness),
  };
  const worker = options.worker ? client.newWorker({ concurrency }) : undefined;
  await worker?.start();
  const counter = openCounter("node:sqlite", databasePath, COUNT);
  return {
    databasePath,
    start: async (work, input) => {
      const { workflowRun } = await works[work].run(input);
      return startedRun(backend, workflowRun.id);
    },
    completed: () => counter.count(),
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

const workflow = (client: OpenWorkflow, name: WorkName, witness: Witness) =>
  client.defineWorkflow<WorkInput, number>({ name }, ({ input, step }) =>
    WORK[name](stepsOf(step), input, witness),
  );

const stepsOf = (step: StepsOfRun): Steps => ({
  step: (name, body) => step.run({ name }, body),
  sleep: (name, milliseconds) => step.sleep(name, `${milliseconds}ms`),
});

function startedRun(backend: BackendSqlite, workflowRunId: string): StartedRun {
  return {
    result: async () => {
      for (;;) {
        const run = await backend.getWorkflowRun({ workflowRunId });
        if (run?.status === "completed") return run.output;
        if (run?.status === "failed") throw new Error(JSON.stringify(run.error));
        await after(RESULT_POLL_MS);
      }
    },
  };
}
