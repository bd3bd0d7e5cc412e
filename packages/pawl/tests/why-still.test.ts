import { afterEach, beforeEach, expect, it } from "vitest";
import {
  defineStage,
  defineWorkflow,
  type EngineError,
  type RunHandle,
  type RunView,
  TerminalError,
  WorkflowBuilder,
} from "../src/index.ts";
import { whyStill } from "../src/why-still.ts";
import { type Apps, temporaryApps } from "./apps.ts";

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

/** Fails after its steps, and is due again at once. */
const order = (...steps: readonly string[]) =>
  defineWorkflow({
    id: "order",
    retry: { maxAttempts: 2, initialDelay: 0 },
    run: async (ctx) => {
      for (const step of steps) await ctx.step(step, () => "done");
      throw new Error("not yet");
    },
  });

const lateness = (run: RunHandle<unknown>): Promise<EngineError> =>
  run.result({ timeoutMs: 1 }).then(
    () => Promise.reject(new Error("it ended")),
    (error: EngineError) => error,
  );

it("a held run says which stage, why and what to do, in its view and to a waiter [5]", async () => {
  const before = await apps.open([order("reserve")], { worker: false });
  const { id } = await before.start(order("reserve"), undefined);
  await before.host.tick();
  await before.stop();
  const app = await apps.open([order()], { worker: false, logger: { log: () => {} } });
  await app.host.tick();
  const hold = {
    stageId: "main",
    reason: "nondeterminism",
    failure: { code: "E_NONDETERMINISM", message: expect.stringContaining("reserve") },
  };
  expect((await app.kernel.query.getRun(id)).holds).toMatchObject([hold]);
  const error = await lateness(app.run(id));
  expect(error).toMatchObject({ code: "E_WAIT_TIMEOUT", details: { holds: [hold] } });
  const says = 'Stage "main" is held (nondeterminism) until an operator acts: ';
  expect(error.message).toContain(says);
  expect(error.message).toContain("reserve");
  expect(error.message).toContain("See deadletter.list");
});

it("a run for which there is no worker says so to who waits", async () => {
  const app = await apps.open([order("a")], { worker: false });
  const error = await lateness(await app.start(order("a"), undefined));
  expect(error.message).toContain("NoCompatibleWorker: no worker is live. Start one");
  expect(error.details).toMatchObject({ noCompatibleWorker: { workers: 0 } });
});

it("a run whose version no live worker has says which is wanted and what there is", async () => {
  const [one, two] = ["1", "2"].map((version) =>
    defineWorkflow({ id: "order", version, run: async () => version }),
  );
  if (!one || !two) throw new Error("two versions");
  const starter = await apps.open([one], { worker: false });
  await apps.open([two]);
  const { message } = await lateness(await starter.start(one, undefined));
  expect(message).toContain(`no live worker has workflow "order" version "1" (${one.definition})`);
  expect(message).toContain(
    `they have ${two.definition}. Start one with the code of that version.`,
  );
});

it("a pending run says to who waits when it starts", async () => {
  const app = await apps.open([order()]);
  const startAt = new Date(Date.now() + 86_400_000);
  const error = await lateness(await app.start(order(), undefined, { startAt }));
  expect(error.message).toContain(`It starts at ${startAt.toISOString()}.`);
});

it("a run that goes on names what its stages wait for", async () => {
  const blocked = ["a", "b"].map((id) =>
    defineStage({ id, schemas: {}, execute: (ctx) => ctx.sleep("long", "1 day") as never }),
  );
  const join = defineStage({ id: "c", schemas: {}, execute: async () => ({ output: 1 }) });
  const graph = new WorkflowBuilder("graph").parallel(blocked).pipe(join).build();
  const app = await apps.open([graph]);
  const run = await app.start(graph, undefined);
  await expect.poll(() => run.status()).toBe("waiting");
  const { message, details } = await lateness(run);
  expect(message).toMatch(/Stage "a" waits until 20\d\d-.*Z\. Stage "b" waits until/);
  expect(message).toContain('Stage "c" is blocked by "a", "b". It goes on; ask again');
  expect(details).toMatchObject({ openStages: [{ stageId: "a", waitsFor: "instant" }, {}, {}] });
});

it("a run whose body runs says for how long", () => {
  const run = {
    status: "running",
    holds: [],
    openStages: [
      { stageId: "a", waitsFor: "body", startedAt: 66_000 },
      { stageId: "b", waitsFor: "body", startedAt: 100_000 - 7_300_000 },
      { stageId: "c", waitsFor: "worker" },
    ],
  } as unknown as RunView;
  expect(whyStill(run, 100_000)).toBe(
    'Stage "a" has been running for 34 s. Stage "b" has been running for 2 h. ' +
      'Stage "c" waits for a worker. It goes on; ask again for its result.',
  );
});

it("a paused run says so to who waits, a live one that it goes on", async () => {
  const nap = defineWorkflow({ id: "nap", run: (ctx) => ctx.sleep("long", "1 day") });
  const app = await apps.open([nap]);
  const run = await app.start(nap, undefined);
  expect((await lateness(run)).message).toContain("It goes on; ask again");
  await run.pause();
  expect((await lateness(run)).message).toContain("It is paused; resume it.");
});

it("a failed run names the stage and the step that failed", async () => {
  const shop = defineWorkflow({
    id: "shop",
    run: (ctx) =>
      ctx.step("charge", () => {
        throw new TerminalError("card declined");
      }),
  });
  const app = await apps.open([shop]);
  const run = await app.start(shop, undefined);
  const error: EngineError = await run.result().then(
    () => Promise.reject(new Error("it did not fail")),
    (thrown) => thrown,
  );
  expect(error.message).toBe(
    `Run ${run.id} of workflow "shop" failed in stage "main", step "charge": ` +
      "TerminalError: card declined",
  );
  expect(error).toMatchObject({
    failedAt: { stageId: "main", step: "charge" },
    details: { stageId: "main", step: "charge" },
  });
});
