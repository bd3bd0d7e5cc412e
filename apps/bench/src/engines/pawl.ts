import { join } from "node:path";
import { type DurableContext, defineWorkflow, pawl, type Workflow } from "pawl";
import { type Steps, type Witness, WORK, type WorkInput, type WorkName } from "../work/work.ts";
import { openCounter } from "./counter.ts";
import type { Engine, EngineOptions, OpenEngine } from "./engine.ts";

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
  const { synchronous, worker, concurrency, witness } = options;
  const { directory } = options.place;
  const works = { sequence: workflow("sequence", witness), fanOut: workflow("fanOut", witness) };
  const app = await pawl({
    workflows: Object.values(works),
    directory,
    synchronous: synchronous === "on" ? "FULL" : synchronous,
    worker,
    concurrency,
    environment: {},
  });
  const databasePath = join(directory, "pawl.db");
  const counter = openCounter("better-sqlite3", databasePath, COUNT);
  return {
    databasePath,
    start: (work, input) => app.start(works[work], input),
    completed: async () => counter.count(),
    close: async () => {
      counter.close();
      await app.stop();
    },
  };
}

const workflow = (name: WorkName, witness: Witness): Workflow<unknown, unknown> =>
  defineWorkflow({
    id: name,
    run: (ctx, input) => WORK[name](stepsOf(ctx), input as WorkInput, witness),
  });

const stepsOf = (ctx: DurableContext): Steps => ({
  step: (name, body) => ctx.step(name, body),
  sleep: (name, milliseconds) => ctx.sleep(name, milliseconds),
});
