import { observe } from "../../observer/observe.ts";
import { LOOK_EVERY_MS } from "../../observer/observer.ts";
import type { Engine, EngineOptions, OpenEngine, Place } from "../engine.ts";

const QUEUE = "bench";
const CONNECTIONS = 20;
const BATCH = 100;
const LOOPS = 4;
const COUNT = "SELECT count(*) FROM pgboss.job WHERE state = 'completed'";

export const pgBossEngine: Engine = {
  name: "pg-boss",
  store: "postgres",
  title: "pg-boss",
  package: "pg-boss",
  settings:
    `jobs, no steps: ${LOOPS} loops that fetch ${BATCH} jobs each, the next as soon as one came ` +
    `full, else every 500 ms, LISTEN/NOTIFY on; ${CONNECTIONS} connections`,
  operationsMax: 0,
  durable: true,
  handsOver: true,
  heir: "another",
  prepare,
  open,
};

async function connected({ url }: Place, supervise: boolean) {
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss({
    connectionString: url,
    max: CONNECTIONS,
    useListenNotify: true,
    supervise,
    schedule: supervise,
  });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  return boss;
}

async function prepare(place: Place): Promise<() => Promise<void>> {
  const boss = await connected(place, false);
  await boss.createQueue(QUEUE, { notify: true });
  await boss.stop({ graceful: false });
  return async () => {};
}

async function open({ place, worker }: EngineOptions): Promise<OpenEngine> {
  const boss = await connected(place, worker);
  if (worker) {
    const how = {
      batchSize: BATCH,
      localConcurrency: LOOPS,
      pollingIntervalSeconds: 0.5,
      burstWhenBatchFull: true,
    };
    await boss.work(QUEUE, how, async () => {});
  }
  const observer = await observe(place);
  return {
    lookEveryMs: LOOK_EVERY_MS,
    start: async (_, input) => {
      await boss.send(QUEUE, input);
      return { result: () => Promise.reject(new Error("jobs have no result")) };
    },
    completed: () => observer.count(COUNT),
    close: async () => {
      await observer.close();
      await boss.stop({ graceful: false });
    },
  };
}
