import type { DBOS } from "@dbos-inc/dbos-sdk";
import { type Steps, type Witness, WORK, type WorkInput } from "../../work/work.ts";
import type { EngineOptions, Place } from "../engine.ts";

export const CONNECTIONS = 20;
export const APP_VERSION = "bench";
export const COMPLETED = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'";

type Dbos = typeof DBOS;

/** It says on its own what it does; only errors are worth the reader's time. */
export const LOGGER = {
  info: () => {},
  debug: () => {},
  warn: () => {},
  error: (said: unknown) => console.error(said),
};

export async function prepareDbos({ url }: Place): Promise<() => Promise<void>> {
  const { DBOS } = await import("@dbos-inc/dbos-sdk");
  await DBOS.migrate(url);
  return async () => {};
}

export type DbosWorks = ReturnType<typeof register>;

let witness: Witness = {};
let works: DbosWorks | undefined;

/** There is one runtime per process; it takes up what an earlier one of the same name left. */
export async function launchDbos(
  options: EngineOptions,
): Promise<{ dbos: Dbos; works: DbosWorks }> {
  const { DBOS } = await import("@dbos-inc/dbos-sdk");
  witness = options.witness;
  works ??= register(DBOS);
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: options.place.url,
    systemDatabasePoolSize: CONNECTIONS,
    applicationVersion: APP_VERSION,
    executorID: options.identity,
    logger: LOGGER,
    runAdminServer: false,
  });
  await DBOS.launch();
  return { dbos: DBOS, works };
}

function register(dbos: Dbos) {
  const steps: Steps = {
    step: (name, body) => dbos.runStep(body, { name }),
    sleep: (_, milliseconds) => dbos.sleep(milliseconds),
  };
  return {
    sequence: dbos.registerWorkflow((input: WorkInput) => WORK.sequence(steps, input, witness), {
      name: "sequence",
    }),
    fanOut: dbos.registerWorkflow((input: WorkInput) => WORK.fanOut(steps, input, witness), {
      name: "fanOut",
    }),
  };
}
