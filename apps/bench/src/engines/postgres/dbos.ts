import { observe } from "../../observer/observe.ts";
import { LOOK_EVERY_MS } from "../../observer/observer.ts";
import type { Engine, EngineOptions, OpenEngine } from "../engine.ts";
import {
  APP_VERSION,
  COMPLETED,
  CONNECTIONS,
  LOGGER,
  launchDbos,
  prepareDbos,
} from "./dbos-runtime.ts";

const QUEUE = "bench";
const POLL_MS = 10;
const RESULT_POLL_MS = 2;

export const dbosEngine: Engine = {
  name: "dbos",
  store: "postgres",
  title: "DBOS, queued",
  package: "@dbos-inc/dbos-sdk",
  settings:
    "a client puts runs into a queue, the runtime in the same process takes them out; it looks " +
    `every ${POLL_MS} ms instead of its 1,000 ms, results every ${RESULT_POLL_MS} ms; ` +
    `${CONNECTIONS} connections each; only a restart under the same name takes runs over`,
  operationsMax: Number.POSITIVE_INFINITY,
  durable: true,
  handsOver: true,
  heir: "itself",
  prepare: prepareDbos,
  open,
};

async function open(options: EngineOptions): Promise<OpenEngine> {
  const { place } = options;
  const { DBOSClient } = await import("@dbos-inc/dbos-sdk");
  const runtime = options.worker ? await launchDbos(options) : undefined;
  await runtime?.dbos.registerQueue(QUEUE, {
    workerConcurrency: options.concurrency,
    minPollingIntervalMs: POLL_MS,
    onConflict: "always_update",
  });
  const client = await DBOSClient.create({
    systemDatabaseUrl: place.url,
    systemDatabasePoolSize: CONNECTIONS,
    applicationName: "bench",
    logger: LOGGER,
  });
  const observer = await observe(place);
  return {
    lookEveryMs: LOOK_EVERY_MS,
    start: async (workflowName, input) => {
      const how = { workflowName, queueName: QUEUE, appVersion: APP_VERSION };
      const handle = await client.enqueue(how, input);
      return { result: () => handle.getResult({ pollingIntervalMs: RESULT_POLL_MS }) };
    },
    completed: () => observer.count(COMPLETED),
    close: async () => {
      await observer.close();
      await client.destroy();
      await runtime?.dbos.shutdown({ workflowCompletionTimeoutMS: 0 });
    },
  };
}
