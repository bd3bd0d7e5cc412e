import { join } from "node:path";
import { openCounter } from "./counter.ts";
import type { Engine, EngineOptions, OpenEngine } from "./engine.ts";
import { openPawlApp } from "./pawl-app.ts";

const COUNT = "SELECT count(*) FROM runs WHERE status = 'completed'";

export const pawlEngine: Engine = {
  name: "pawl",
  title: "Pawl",
  store: "sqlite",
  package: "pawl",
  settings: "`pawl()` as it comes; starter and worker in one process",
  operationsMax: 100_000,
  durable: true,
  handsOver: true,
  heir: "another",
  open,
};

async function open(options: EngineOptions): Promise<OpenEngine> {
  const { app, start } = await openPawlApp(options);
  const databasePath = join(options.place.directory, "pawl.db");
  const counter = openCounter("better-sqlite3", databasePath, COUNT);
  return {
    databasePath,
    start,
    completed: async () => counter.count(),
    close: async () => {
      counter.close();
      await app.stop();
    },
  };
}
