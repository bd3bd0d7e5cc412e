import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Harness } from "../support/harness.ts";
import { Fleet } from "./fleet.ts";
import { echo, fn, nap } from "./workflows.ts";

const rowsOf = (h: Harness): unknown[] => Object.values(h.persistence.dump()).flat();

describe("start with an idempotency key", () => {
  const start = (h: Harness, input: unknown, workflowId = "echo") =>
    h.kernel.dispatch({ type: "run.create", workflowId, input, idempotencyKey: "k" });

  it("makes one run of 100 concurrent starts in two processes [61]", async () => {
    const fleet = new Fleet([echo]);
    const two = [fleet.process(), fleet.process()] as const;
    const starts = Array.from({ length: 100 }, (_, i) => start(two[i % 2]!, { n: 1 }));
    const made = await Promise.all(starts);
    expect(new Set(made.map((run) => run.workflowRunId)).size).toBe(1);
    expect(made.filter((run) => !run.replayed)).toHaveLength(1);
    const { runs, stages, events, idempotency } = two[0].persistence.dump();
    expect([runs.length, stages.length, events.length, idempotency.length]).toEqual([1, 1, 1, 1]);
  });

  it("refuses other input and names the run that has the key [61]", async () => {
    const h = new Harness([echo]);
    const { workflowRunId } = await start(h, { n: 1 });
    await expect(start(h, { n: 2 })).rejects.toMatchObject({
      code: "E_IDEMPOTENCY_CONFLICT",
      details: { workflowRunId, key: "k" },
    });
    expect(h.persistence.dump().runs).toHaveLength(1);
  });

  it("takes input that differs in the order of its fields only as the same", async () => {
    const h = new Harness([echo]);
    const first = await start(h, { a: 1, b: { c: 2, d: 3 } });
    const again = await start(h, { b: { d: 3, c: 2 }, a: 1 });
    expect(again).toEqual({ ...first, replayed: true });
  });

  it("answers the ended run after its end", async () => {
    const h = new Harness([echo]);
    const { workflowRunId } = await start(h, 1);
    await h.drain();
    expect(await start(h, 1)).toEqual({ workflowRunId, status: "completed", replayed: true });
  });

  it("keeps keys apart by workflow", async () => {
    const h = new Harness([echo, nap]);
    const a = await start(h, 1, "echo");
    const b = await start(h, 2, "nap");
    expect(b.replayed).toBe(false);
    expect(b.workflowRunId).not.toBe(a.workflowRunId);
  });

  it("starts a new run each time without one", async () => {
    const h = new Harness([echo]);
    expect(await h.start("echo", 1)).not.toBe(await h.start("echo", 1));
  });
});

describe("input", () => {
  const strict = defineWorkflow({
    id: "strict",
    input: z.object({ to: z.string(), times: z.number().default(3) }),
    run: async (_ctx, input) => input,
  });

  it("that its schema refuses is refused before any row, naming the field [64]", async () => {
    const h = new Harness([strict]);
    const start = h.start("strict", { to: 5 });
    await expect(start).rejects.toMatchObject({
      code: "E_INPUT_INVALID",
      details: { issues: [{ path: "to" }] },
    });
    await expect(h.start("strict")).rejects.toMatchObject({ code: "E_INPUT_INVALID" });
    expect(rowsOf(h)).toEqual([]);
  });

  it("gets the defaults of its schema [64]", async () => {
    const h = new Harness([strict]);
    const id = await h.start("strict", { to: "x" });
    await h.drain();
    const run = await h.kernel.query.getRun(id);
    expect([run.input, run.output]).toEqual([
      { to: "x", times: 3 },
      { to: "x", times: 3 },
    ]);
  });

  it.each([
    ["a function", { deep: [{ f: () => 1 }] }, "deep"],
    ["a class of the user's", { at: new (class Point {})() }, "at"],
    ["a symbol", Symbol("s"), "symbol"],
  ])("that can't be encoded is refused with its place: %s [24]", async (_title, input, place) => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    await expect(h.start("echo", input)).rejects.toMatchObject({
      code: "E_NOT_ENCODABLE",
      message: expect.stringContaining(place),
    });
    expect(rowsOf(h)).toEqual([]);
  });

  it("over the limit is refused with size and cap, nothing stored [22]", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process({ limits: { payloadBytesMax: 100, payloadInlineBytesMax: 10 } });
    await expect(h.start("echo", "x".repeat(99))).rejects.toMatchObject({
      code: "E_PAYLOAD_TOO_LARGE",
      details: { size: 101, max: 100 },
      message: expect.stringMatching(/101.*100/),
    });
    expect(rowsOf(h)).toEqual([]);
    expect(await fleet.blobStore.list("")).toEqual([]);
    await h.start("echo", "x".repeat(98));
    expect(h.persistence.dump().runs).toHaveLength(1);
  });

  it("that is large is logged as a warning [22]", async () => {
    const h = new Harness([echo], { limits: { payloadWarnBytes: 50 } });
    await h.start("echo", "x".repeat(48));
    expect(h.logged).toEqual([]);
    await h.start("echo", "x".repeat(49));
    expect(h.logged).toMatchObject([{ level: "warn", facts: { field: "input", size: 51 } }]);
  });
});

describe("config", () => {
  const seen: unknown[] = [];
  const tuned = defineStage({
    id: "tuned",
    schemas: { config: z.object({ model: z.string(), heat: z.number().default(0.5) }) },
    execute: async (ctx) => {
      seen.push(ctx.config);
      return { output: "ok" };
    },
  });
  const plain = defineStage({ id: "plain", schemas: {}, execute: async () => ({ output: 1 }) });
  const workflow = new WorkflowBuilder("w").pipe(plain).pipe(tuned).build();
  const start = (h: Harness, config?: object) => h.start("w", undefined, { config });

  it("merged with the schema's defaults reaches its stage [134]", async () => {
    const h = new Harness([workflow]);
    await start(h, { tuned: { model: "m" } });
    await h.drain();
    expect(seen).toEqual([{ model: "m", heat: 0.5 }]);
  });

  it.each([
    ["an unknown stage", { tuned: { model: "m" }, other: {} }, '"other"'],
    ["a stage that takes none", { tuned: { model: "m" }, plain: {} }, '"plain"'],
    ["a wrong type", { tuned: { model: 5 } }, "model"],
    ["a missing field", { tuned: {} }, "model"],
    ["a missing stage", undefined, "model"],
  ])("with %s is refused by name before any row [134]", async (_title, config, name) => {
    const h = new Harness([workflow]);
    await expect(start(h, config)).rejects.toMatchObject({
      code: "E_CONFIG_INVALID",
      message: expect.stringContaining(name),
    });
    expect(rowsOf(h)).toEqual([]);
  });
});

describe("the workflow", () => {
  const versions = ["1", "2"].map((version) => fn("v", async () => version, { version }));

  it("is the version registered last unless one is named [95]", async () => {
    const h = new Harness(versions);
    const last = await h.start("v");
    const named = await h.start("v", undefined, { workflowVersion: "1" });
    await h.drain();
    expect((await h.kernel.query.getRun(last)).output).toBe("2");
    expect((await h.kernel.query.getRun(named)).output).toBe("1");
  });

  it.each([
    ["id", { workflowId: "nobody" }],
    ["version", { workflowId: "v", workflowVersion: "3" }],
    ["id of every object", { workflowId: "__proto__" }],
  ])("with an unknown %s is refused before any row, naming those registered", async (_t, what) => {
    const h = new Harness(versions);
    await expect(h.kernel.dispatch({ type: "run.create", ...what })).rejects.toMatchObject({
      code: "E_WORKFLOW_UNKNOWN",
      message: expect.stringContaining('"v" version "1"'),
    });
    expect(rowsOf(h)).toEqual([]);
  });
});

it("keeps labels and who asked, in the row and in the first event", async () => {
  const h = new Harness([echo]);
  const id = await h.start("echo", 1, { labels: { team: "a" }, actor: "ann" });
  expect(await h.kernel.query.getRun(id)).toMatchObject({ labels: { team: "a" }, actor: "ann" });
  const { events } = await h.kernel.query.getTimeline(id);
  expect(events).toMatchObject([{ type: "run.created", actor: "ann", rev: 1 }]);
});

describe("run.createMany", () => {
  const strict = defineWorkflow({
    id: "strict",
    input: z.object({ n: z.number() }),
    run: async (_ctx, { n }) => n,
  });
  const many = (h: Harness, inputs: readonly unknown[], more: object = {}) =>
    h.kernel.dispatch({
      type: "run.createMany",
      runs: inputs.map((input) => ({ workflowId: "strict", input, ...more })),
    });

  it("applies the checks of a single start to each, in order [21 of other engines]", async () => {
    const h = new Harness([strict]);
    const outcomes = await many(h, [{ n: 1 }, { n: "2" }, { n: 3 }]);
    expect(outcomes).toMatchObject([
      { status: "running" },
      { error: { code: "E_INPUT_INVALID" } },
      { status: "running" },
    ]);
    expect(h.persistence.dump().runs).toHaveLength(2);
    const unknown = { type: "run.createMany", runs: [{ workflowId: "no" }] } as const;
    expect(await h.kernel.dispatch(unknown)).toMatchObject([
      { error: { code: "E_WORKFLOW_UNKNOWN" } },
    ]);
  });

  it("makes one run of equal keys and refuses a key with other input [61]", async () => {
    const h = new Harness([strict]);
    const key = { idempotencyKey: "k" };
    const [a, b, c] = await many(h, [{ n: 1 }, { n: 1 }, { n: 2 }], key);
    expect(b).toMatchObject({ workflowRunId: (a as { workflowRunId: string }).workflowRunId });
    expect(c).toMatchObject({ error: { code: "E_IDEMPOTENCY_CONFLICT" } });
  });
});
