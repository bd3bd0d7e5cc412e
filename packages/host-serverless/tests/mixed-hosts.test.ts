import { createNodeHost, type NodeHost } from "@pawl/host-node";
import { type DurableContext, defineStage, WorkflowBuilder } from "@pawl/kernel";
import { afterEach, expect, it } from "vitest";
import { createServerlessHost } from "../src/index.ts";
import { callFunctions, type Functions } from "./functions.ts";
import { endOf, newPlace, type Place, type Process, undoing } from "./place.ts";

const undo = undoing();
afterEach(() => undo.all());

/** Two stages, the first of which sleeps in the middle; every body is noted. */
function journey(ran: string[]) {
  const step = (ctx: DurableContext, key: string): Promise<unknown> =>
    ctx.step(key, () => ran.push(`${ctx.runId} ${key}`));
  const there = defineStage({
    id: "there",
    schemas: {},
    async execute(ctx) {
      await step(ctx, "pack");
      await step(ctx, "leave");
      await ctx.sleep("nap", 150);
      await step(ctx, "arrive");
      return { output: "there" };
    },
  });
  const back = defineStage({
    id: "back",
    schemas: {},
    async execute(ctx) {
      await step(ctx, "return");
      return { output: "home" };
    },
  });
  return new WorkflowBuilder("journey").pipe(there).pipe(back).build();
}

const KEYS = ["arrive", "leave", "pack", "return"];

interface Worker extends Process {
  stop(): Promise<void>;
}

async function nodeWorker(place: Place): Promise<Worker> {
  const made = await place.open();
  const host: NodeHost = createNodeHost({
    ...made.parts,
    workerId: "node",
    handleSignals: false,
    jobPollIntervalMs: 20,
    orchestrationIntervalMs: 50,
    logger: { log: () => {} },
  });
  await host.start();
  return { ...made, stop: () => host.stop() };
}

async function functionWorker(place: Place): Promise<Worker> {
  const made = await place.open();
  const host = createServerlessHost({ ...made.parts, workerId: "fn", leaseTtlMs: 3_000 });
  const functions: Functions = callFunctions({ ...made.parts, host });
  return {
    ...made,
    async stop() {
      await functions.stop();
      await host.close();
    },
  };
}

const start = async ({ kernel }: Worker): Promise<string> =>
  (await kernel.dispatch({ type: "run.create", workflowId: "journey" })).workflowRunId;

async function asleep({ kernel, parts: { runtime } }: Worker, runId: string): Promise<void> {
  while ((await kernel.query.getRun(runId)).status !== "waiting") await runtime.after(5);
}

async function recorded({ persistence }: Worker, runId: string): Promise<readonly string[]> {
  const steps = await persistence.query.find({ table: "steps", where: { runId }, limit: 100 });
  return steps.map(({ key }) => key).sort();
}

it.each([
  { from: "a host of Node", first: nodeWorker, to: "functions", second: functionWorker },
  { from: "functions", first: functionWorker, to: "a host of Node", second: nodeWorker },
])("a run that $from began is finished by $to", async ({ first, second }) => {
  const ran: string[] = [];
  const place = await newPlace([journey(ran)], undo);
  const began = await first(place);
  const runId = await start(began);
  await asleep(began, runId);
  await began.stop();
  const goesOn = await second(place);
  const run = await endOf(goesOn.kernel, runId);
  expect(run).toMatchObject({ status: "completed", output: "home" });
  expect(await recorded(goesOn, runId)).toEqual(KEYS);
  expect(ran.length).toBe(KEYS.length);
  await goesOn.stop();
});

it("thirty runs that both work at end with every record once [149]", async () => {
  const ran: string[] = [];
  const place = await newPlace([journey(ran)], undo);
  const workers = [await nodeWorker(place), await functionWorker(place)];
  const [one] = workers as [Worker, Worker];
  const ids = await Promise.all(Array.from({ length: 30 }, () => start(one)));
  for (const id of ids) {
    while ((await one.kernel.query.getRun(id)).endedAt === null) await one.parts.runtime.after(10);
  }
  for (const id of ids) expect(await recorded(one, id)).toEqual(KEYS);
  expect(new Set(ran).size).toBe(ran.length);
  expect(ran.length).toBe(ids.length * KEYS.length);
  for (const worker of workers) await worker.stop();
});
