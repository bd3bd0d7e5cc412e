import { observe } from "../../observer/observe.ts";
import { LOOK_EVERY_MS } from "../../observer/observer.ts";
import type { Engine, EngineOptions, OpenEngine, Place } from "../engine.ts";
import { openWorkflows, RESULT_POLL_MS, startedRun } from "../openworkflow-runs.ts";

const CONNECTIONS = 20;
const COUNT = "SELECT count(*) FROM openworkflow.workflow_runs WHERE status = 'completed'";

export const openWorkflowPostgresEngine: Engine = {
  name: "openworkflow",
  store: "postgres",
  title: "OpenWorkflow",
  package: "openworkflow",
  settings:
    `starter and worker in one process; ${CONNECTIONS} connections; results by looking every ` +
    `${RESULT_POLL_MS} ms instead of its 1,000 ms`,
  operationsMax: 1_000,
  durable: true,
  handsOver: true,
  heir: "another",
  prepare,
  open,
};

async function prepare({ url }: Place): Promise<() => Promise<void>> {
  const { BackendPostgres } = await import("openworkflow/postgres");
  await (await BackendPostgres.connect(url)).stop();
  return async () => {};
}

async function open({ place, ...options }: EngineOptions): Promise<OpenEngine> {
  const { OpenWorkflow } = await import("openworkflow");
  const { BackendPostgres } = await import("openworkflow/postgres");
  const { default: postgres } = await import("postgres");
  const backend = BackendPostgres.fromPool(
    postgres(place.url, {
      max: CONNECTIONS,
      transform: { column: { from: postgres.toCamel } },
      onnotice: () => {},
    }),
  );
  const client = new OpenWorkflow({ backend });
  const works = openWorkflows(client, options.witness);
  const { concurrency } = options;
  const worker = options.worker ? client.newWorker({ concurrency }) : undefined;
  await worker?.start();
  const observer = await observe(place);
  return {
    lookEveryMs: LOOK_EVERY_MS,
    start: async (work, input) => {
      const { workflowRun } = await works[work].run(input);
      return startedRun(backend, workflowRun.id);
    },
    completed: () => observer.count(COUNT),
    close: async () => {
      await observer.close();
      await worker?.stop();
      await backend.stop();
    },
  };
}
