import { observe } from "../../observer/observe.ts";
import { LOOK_EVERY_MS } from "../../observer/observer.ts";
import type { Engine, EngineOptions, OpenEngine } from "../engine.ts";
import { COMPLETED, CONNECTIONS, launchDbos, prepareDbos } from "./dbos-runtime.ts";

export const dbosInProcessEngine: Engine = {
  name: "dbos-in-process",
  store: "postgres",
  title: "DBOS, in process",
  package: "@dbos-inc/dbos-sdk",
  settings:
    "no queue: the process that starts a run carries it out at once, and no other does; results " +
    `from memory; ${CONNECTIONS} connections`,
  operationsMax: Number.POSITIVE_INFINITY,
  durable: true,
  handsOver: false,
  heir: "itself",
  prepare: prepareDbos,
  open,
};

async function open(options: EngineOptions): Promise<OpenEngine> {
  const { dbos, works } = await launchDbos(options);
  const observer = await observe(options.place);
  return {
    lookEveryMs: LOOK_EVERY_MS,
    start: async (work, input) => {
      const handle = await dbos.startWorkflow(works[work])(input);
      return { result: () => handle.getResult() };
    },
    completed: () => observer.count(COMPLETED),
    close: async () => {
      await observer.close();
      await dbos.shutdown({ workflowCompletionTimeoutMS: 0 });
    },
  };
}
