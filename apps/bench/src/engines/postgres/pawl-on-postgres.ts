import type { Engine, EngineOptions, OpenEngine, Place } from "../engine.ts";
import { openPawlApp } from "../pawl-app.ts";
import { LOOK_EVERY_MS, observe } from "./observer.ts";

const COUNT = "SELECT count(*) FROM runs WHERE status = 'completed'";

export const pawlOnPostgresEngine: Engine = {
  name: "pawl",
  store: "postgres",
  title: "Pawl",
  package: "pawl",
  settings: "`pawl()` as it comes; starter and worker in one process; 10 connections",
  operationsMax: 100_000,
  durable: true,
  handsOver: true,
  heir: "another",
  prepare,
  open,
};

/** Creates the tables. */
async function prepare(place: Place): Promise<() => Promise<void>> {
  const { app } = await openPawlApp({
    place,
    synchronous: "on",
    witness: {},
    worker: false,
    concurrency: 1,
    identity: "prepares",
  });
  await app.stop();
  return async () => {};
}

async function open(options: EngineOptions): Promise<OpenEngine> {
  const { app, start } = await openPawlApp(options);
  const observer = await observe(options.place);
  return {
    lookEveryMs: LOOK_EVERY_MS,
    start,
    completed: () => observer.count(COUNT),
    close: async () => {
      await observer.close();
      await app.stop();
    },
  };
}
