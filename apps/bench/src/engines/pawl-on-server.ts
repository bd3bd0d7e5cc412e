import { observe } from "../observer/observe.ts";
import { LOOK_EVERY_MS } from "../observer/observer.ts";
import type { Engine, EngineOptions, OpenEngine, Place, StoreName } from "./engine.ts";
import { openPawlApp } from "./pawl-app.ts";

const COUNT = "SELECT count(*) FROM runs WHERE status = 'completed'";

/** Pawl where a server keeps the runs: nothing differs but the URL. */
export const pawlOn = (store: StoreName): Engine => ({
  name: "pawl",
  store,
  title: "Pawl",
  package: "pawl",
  settings: "`pawl()` as it comes; starter and worker in one process; 10 connections",
  operationsMax: 100_000,
  durable: true,
  handsOver: true,
  heir: "another",
  prepare: preparePawl,
  open: (options) => openPawl(options),
});

/** Creates the tables. */
export async function preparePawl(place: Place): Promise<() => Promise<void>> {
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

export async function openPawl(options: EngineOptions, queueUrl?: string): Promise<OpenEngine> {
  const { app, start } = await openPawlApp(options, queueUrl);
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
