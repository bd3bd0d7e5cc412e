import { type DurableContext, defineWorkflow, type Pawl, pawl, type Workflow } from "pawl";
import { type Steps, type Witness, WORK, type WorkInput, type WorkName } from "../work/work.ts";
import type { EngineOptions, StartedRun } from "./engine.ts";

/** An app with the works that are measured, on the database of a place. */
export interface PawlApp {
  readonly app: Pawl;
  start(work: WorkName, input: WorkInput): Promise<StartedRun>;
}

/** `queueUrl`: what `PAWL_QUEUE_URL` says; without, the database is the queue. */
export async function openPawlApp(options: EngineOptions, queueUrl?: string): Promise<PawlApp> {
  const { synchronous, worker, concurrency, witness, place } = options;
  const works = { sequence: workflow("sequence", witness), fanOut: workflow("fanOut", witness) };
  const app = await pawl({
    workflows: Object.values(works),
    directory: place.directory,
    synchronous: synchronous === "NORMAL" ? "NORMAL" : "FULL",
    worker,
    concurrency,
    environment: {
      ...(place.url ? { PAWL_DATABASE_URL: place.url, PAWL_MIGRATE: "auto" } : {}),
      ...(queueUrl === undefined ? {} : { PAWL_QUEUE_URL: queueUrl }),
    },
  });
  return { app, start: (work, input) => app.start(works[work], input) };
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
