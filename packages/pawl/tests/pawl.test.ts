import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { z } from "zod";
import {
  defineStage,
  defineWorkflow,
  EngineError,
  RunCancelledError,
  RunFailedError,
  TerminalError,
  WorkflowBuilder,
} from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

const greet = defineWorkflow({
  id: "greet",
  input: z.object({ name: z.string() }),
  output: z.object({ text: z.string() }),
  async run(ctx, input) {
    const text = await ctx.step("text", () => `Hello ${input.name}`);
    return { text };
  },
});

const forever = defineWorkflow({
  id: "forever",
  async run(ctx) {
    await ctx.sleep("long", "1 day");
    return "at last";
  },
});

it("a workflow runs and its result comes back", async () => {
  const app = await apps.open([greet]);
  const run = await app.start(greet, { name: "Ada" });
  expect(await run.result()).toEqual({ text: "Hello Ada" });
  expect(await run.status()).toBe("completed");
  expect(existsSync(join(apps.directory, "pawl.db"))).toBe(true);
});

it("a staged workflow runs through its stages, large values through files", async () => {
  const big = defineStage({
    id: "big",
    schemas: { input: z.number(), output: z.string() },
    execute: async (ctx) => ({ output: "x".repeat(ctx.input) }),
  });
  const length = defineStage({
    id: "length",
    schemas: { input: z.string(), output: z.number() },
    execute: async (ctx) => ({ output: ctx.input.length }),
  });
  const measure = new WorkflowBuilder("measure", { input: z.number() })
    .pipe(big)
    .pipe(length)
    .build();
  const app = await apps.open([measure]);
  const run = await app.start(measure, 100_000);
  expect(await run.result()).toBe(100_000);
  expect(readdirSync(join(apps.directory, "blobs")).length).toBeGreaterThan(1);
});

it("input that does not fit is refused before anything is stored", async () => {
  const app = await apps.open([greet]);
  await expect(app.start(greet, { name: 7 } as never)).rejects.toMatchObject({
    code: "E_INPUT_INVALID",
  });
  expect((await app.kernel.query.listRuns()).runs).toEqual([]);
});

it("starting twice with one key is one run; with another input it is an error", async () => {
  const app = await apps.open([greet]);
  const options = { idempotencyKey: "order-1" };
  const first = await app.start(greet, { name: "Ada" }, options);
  const second = await app.start(greet, { name: "Ada" }, options);
  expect(second.id).toBe(first.id);
  expect(await second.result()).toEqual({ text: "Hello Ada" });
  await expect(app.start(greet, { name: "Bob" }, options)).rejects.toMatchObject({
    code: "E_IDEMPOTENCY_CONFLICT",
  });
});

it("the result of a failed run rejects with what the workflow threw", async () => {
  const broken = defineWorkflow({
    id: "broken",
    run: async () => {
      throw new TerminalError("card declined", { details: { card: 1 } });
    },
  });
  const app = await apps.open([broken]);
  const run = await app.start(broken, undefined);
  const error = await run.result().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RunFailedError);
  expect(EngineError.is(error)).toBe(true);
  expect(error).toMatchObject({
    code: "E_RUN_FAILED",
    workflowRunId: run.id,
    message: expect.stringContaining("card declined"),
    failure: { name: "TerminalError", message: "card declined", code: "E_TERMINAL" },
  });
});

it("the result of a cancelled run rejects with the reason", async () => {
  const app = await apps.open([forever]);
  const run = await app.start(forever, undefined);
  const result = run.result().catch((thrown: unknown) => thrown);
  expect(await run.cancel("changed my mind")).toMatchObject({ status: "cancelled", changed: true });
  const error = await result;
  expect(error).toBeInstanceOf(RunCancelledError);
  expect(error).toMatchObject({ code: "E_RUN_CANCELLED", reason: "changed my mind" });
  expect(await run.cancel()).toMatchObject({ changed: false });
});

it("a run can be paused and resumed", async () => {
  const app = await apps.open([forever]);
  const run = await app.start(forever, undefined);
  await expect.poll(() => run.status()).toBe("waiting");
  await run.pause();
  expect(await run.status()).toBe("paused");
  await run.resume();
  expect(await run.status()).toBe("waiting");
});

it("waiting for a result ends at its time limit, and the run goes on", async () => {
  const app = await apps.open([forever]);
  const run = await app.start(forever, undefined);
  await expect(run.result({ timeoutMs: 20 })).rejects.toMatchObject({ code: "E_WAIT_TIMEOUT" });
  await vi.waitFor(async () => expect(await run.status()).toBe("waiting"));
});

it("the result of a run that nobody knows is refused", async () => {
  const app = await apps.open([greet]);
  await expect(app.run("01NOBODY").result()).rejects.toMatchObject({ code: "E_RUN_UNKNOWN" });
});

it("options of a start reach the run", async () => {
  const app = await apps.open([greet]);
  const startAt = new Date(Date.now() + 3_600_000);
  const run = await app.start(
    greet,
    { name: "Ada" },
    { labels: { team: "a" }, priority: 3, startAt },
  );
  expect(await run.status()).toBe("pending");
  const { runs } = await app.kernel.query.listRuns({ labels: { team: "a" } });
  expect(runs).toMatchObject([{ id: run.id, priority: 3, startAt: startAt.getTime() }]);
});

it("after stop a pending result rejects, and so do a new one and a start", async () => {
  const app = await apps.open([forever]);
  const run = await app.start(forever, undefined);
  const pending = run.result().catch((thrown: unknown) => thrown);
  await app.stop();
  expect(await pending).toMatchObject({ code: "E_STATE_INVALID" });
  await expect(run.result()).rejects.toMatchObject({ code: "E_STATE_INVALID" });
  await expect(app.start(forever, undefined)).rejects.toMatchObject({ code: "E_STATE_INVALID" });
});

it("stop closes the database", async () => {
  const app = await apps.open([greet]);
  const wal = join(apps.directory, "pawl.db-wal");
  expect(existsSync(wal)).toBe(true);
  await app.stop();
  expect(existsSync(wal)).toBe(false);
  await expect(app.kernel.query.listRuns()).rejects.toMatchObject({ kind: "unavailable" });
});

it("the same workflow twice is refused", async () => {
  await expect(apps.open([greet, greet])).rejects.toMatchObject({ code: "E_WORKFLOW_DUPLICATE" });
});

it("a live run's workflow with another structure is refused, and the database closed", async () => {
  const sleeping = <Id extends string>(id: Id) =>
    defineStage({
      id,
      schemas: {},
      execute: async (ctx) => ({ output: await ctx.sleep("long", "1 day") }),
    });
  const first = new WorkflowBuilder("shape").pipe(sleeping("a")).build();
  const second = new WorkflowBuilder("shape").pipe(sleeping("b")).build();
  const app = await apps.open([first]);
  await app.start(first, undefined);
  await app.stop();
  await expect(apps.open([second])).rejects.toMatchObject({ code: "E_WORKFLOW_DRIFT" });
  expect(existsSync(join(apps.directory, "pawl.db-wal"))).toBe(false);
});

it("start runs the version that it was given, not the latest", async () => {
  const version = (number: string) =>
    defineWorkflow({ id: "versioned", version: number, run: async () => `version ${number}` });
  const [one, two] = [version("1"), version("2")];
  const app = await apps.open([one, two]);
  expect(await (await app.start(one, undefined)).result()).toBe("version 1");
  expect(await (await app.start(two, undefined)).result()).toBe("version 2");
});

it("on a Node that is too old nothing is opened", async () => {
  const { versions } = process;
  Object.defineProperty(process, "versions", { value: { ...versions, node: "20.19.2" } });
  const opening = apps.open([greet]);
  Object.defineProperty(process, "versions", { value: versions });
  await expect(opening).rejects.toMatchObject({ code: "E_RUNTIME_TOO_OLD" });
  expect(readdirSync(apps.directory)).toEqual([]);
});
