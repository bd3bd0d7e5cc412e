import { observe } from "../../observer/observe.ts";
import { LOOK_EVERY_MS } from "../../observer/observer.ts";
import type { Engine, EngineOptions, OpenEngine, Place } from "../engine.ts";

const JOB = "bench";
const CONNECTIONS = 20;
const AT_ONCE = 24;
const LOCAL_QUEUE = 500;
/** It deletes what is completed. */
const COUNT = `SELECT
  coalesce(pg_sequence_last_value(pg_get_serial_sequence(
    'graphile_worker._private_jobs', 'id')::regclass), 0)
  - (SELECT count(*) FROM graphile_worker._private_jobs)`;

export const graphileEngine: Engine = {
  name: "graphile",
  store: "postgres",
  title: "graphile-worker",
  package: "graphile-worker",
  settings:
    `jobs, no steps: ${AT_ONCE} at once from a local queue of ${LOCAL_QUEUE}, completions in ` +
    `batches; ${CONNECTIONS} connections`,
  operationsMax: 0,
  durable: true,
  handsOver: true,
  heir: "another",
  prepare,
  open,
};

async function quiet() {
  const { Logger } = await import("graphile-worker");
  return new Logger(() => (level, message) => {
    if (level === "error") console.error(message);
  });
}

async function prepare({ url }: Place): Promise<() => Promise<void>> {
  const { runMigrations } = await import("graphile-worker");
  await runMigrations({ connectionString: url, logger: await quiet() });
  return async () => {};
}

async function open({ place, worker }: EngineOptions): Promise<OpenEngine> {
  const graphile = await import("graphile-worker");
  const runner = worker ? await startRunner(place) : undefined;
  const jobs = await graphile.makeWorkerUtils({
    connectionString: place.url,
    maxPoolSize: CONNECTIONS,
    logger: await quiet(),
  });
  const observer = await observe(place);
  return {
    lookEveryMs: LOOK_EVERY_MS,
    start: async (_, input) => {
      await jobs.addJob(JOB, input);
      return { result: () => Promise.reject(new Error("jobs have no result")) };
    },
    completed: () => observer.count(COUNT),
    close: async () => {
      await observer.close();
      await runner?.stop();
      await jobs.release();
    },
  };
}

async function startRunner({ url }: Place) {
  const { run } = await import("graphile-worker");
  return run({
    preset: {
      worker: {
        connectionString: url,
        maxPoolSize: CONNECTIONS,
        concurrentJobs: AT_ONCE,
        localQueue: { size: LOCAL_QUEUE },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
    logger: await quiet(),
    noHandleSignals: true,
    taskList: { [JOB]: async () => {} },
  });
}
