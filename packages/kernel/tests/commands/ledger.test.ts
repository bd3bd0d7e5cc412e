import { type AnyWorkflow, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Harness } from "../support/harness.ts";
import { begin, Fleet, LEASE_MS, register } from "./fleet.ts";
import { fan, fn, nap, stage } from "./workflows.ts";

/** root → (a-steady, b-flaky: fails once) → join */
function branching(): AnyWorkflow {
  let broken = true;
  const flaky = stage(
    "b-flaky",
    async () => {
      if (!broken) return "ok";
      broken = false;
      throw new Error("once");
    },
    { retry: { maxAttempts: 2, initialDelay: 1_000, jitter: 0 } },
  );
  return new WorkflowBuilder("branching")
    .pipe(stage("root"))
    .parallel([stage("a-steady"), flaky])
    .pipe(stage("join"))
    .build();
}

it("tells a fan-out, one retry and a fan-in in exactly these events [13]", async () => {
  const h = new Harness([branching()]);
  const id = await h.start("branching", undefined, { actor: "ann" });
  await h.drain();
  const { events } = await h.kernel.query.getTimeline(id);
  const told = events.map(({ rev, type, stageId, actor, data }) => ({
    rev,
    type,
    stageId,
    actor,
    data,
  }));
  const by = { actor: null };
  expect(told).toMatchObject([
    { rev: 1, type: "run.created", stageId: null, actor: "ann", data: { opens: ["root"] } },
    {
      rev: 2,
      type: "stage.completed",
      stageId: "root",
      ...by,
      data: { opens: ["a-steady", "b-flaky"] },
    },
    { rev: 3, type: "stage.completed", stageId: "a-steady", ...by, data: { opens: [] } },
    {
      rev: 4,
      type: "stage.attemptFailed",
      stageId: "b-flaky",
      ...by,
      data: { attempt: 1, retryInMs: 1_000, failure: { name: "Error", message: "once" } },
    },
    { rev: 5, type: "stage.completed", stageId: "b-flaky", ...by, data: { opens: [] } },
    { rev: 6, type: "stage.released", stageId: null, ...by, data: { opens: ["join"], skips: [] } },
    { rev: 7, type: "stage.completed", stageId: "join", ...by, data: { opens: [] } },
    { rev: 8, type: "run.completed", stageId: null, ...by, data: {} },
  ]);
  expect(told).toHaveLength(8);
  for (const event of events) {
    expect(event).toMatchObject({
      runId: id,
      at: expect.any(Number),
      commitId: expect.any(String),
    });
    const isOfStage = event.type.startsWith("stage.") && event.type !== "stage.released";
    expect(event.mapIndex).toBe(isOfStage ? 0 : null);
    expect(event.generation).toBe(isOfStage ? 0 : null);
  }
});

const ids = z.array(z.string());
const failure = z.looseObject({ name: z.string(), message: z.string() });
const waits = z.array(z.looseObject({ key: z.string(), kind: z.string() }));
const next = { opens: ids, skips: ids.optional(), blocks: ids.optional() };

/** What the events of each type carry; nothing else may be in them. */
const EVENT_DATA: Readonly<Record<string, z.ZodType>> = {
  "run.created": z.strictObject({
    workflowId: z.string(),
    workflowVersion: z.string(),
    definition: z.string(),
    status: z.enum(["pending", "running"]),
    ...next,
  }),
  "run.started": z.strictObject({ opens: ids }),
  "run.paused": z.strictObject({ reason: z.string().optional() }),
  "run.resumed": z.strictObject({}),
  "run.completed": z.strictObject({}),
  "run.failed": z.strictObject({ failure }),
  "run.cancelled": z.strictObject({ reason: z.string().optional() }),
  "run.reopened": z.strictObject({ blocks: ids }),
  "stage.attemptFailed": z.strictObject({
    attempt: z.int(),
    retryInMs: z.number(),
    failure,
  }),
  "stage.suspended": z.strictObject({ waits }),
  "stage.waitsOpened": z.strictObject({ waits }),
  "stage.completed": z.strictObject(next),
  "stage.failed": z.strictObject({ failure, ...next }),
  "stage.released": z.strictObject({ opens: ids, skips: ids }),
  "stage.held": z.strictObject({ reason: z.string(), failure }),
  "stage.retried": z.strictObject({ letter: z.string(), blocks: ids }),
};

it("carries in each event what its type has, and nothing else [13]", async () => {
  let broken = true;
  const fragile = fn("fragile", async () => {
    if (broken) throw new Error("no");
  });
  const charged = fn("charged", (ctx) =>
    ctx.step("charge", () => new Promise(() => {}), { mode: "atMostOnce" }),
  );
  const beside = fn("beside", (ctx) =>
    ctx.all([ctx.sleep("nap", "1 hour"), ctx.step("slow", () => h.world.runtime.after(10))]),
  );
  const fleet = new Fleet([branching(), nap, fragile, beside, charged]);
  const h: Harness = fleet.process();
  const doubtful = await h.start("charged");
  await begin(h, await register(h));
  await h.world.advance(LEASE_MS);
  const runs = [await h.start("branching"), await h.start("beside"), doubtful];
  runs.push(await h.start("nap", 1, { startAt: h.world.now + 1 }));
  const stopped = await h.start("nap");
  const failed = await h.start("fragile");
  for (const type of ["run.pause", "run.resume", "run.pause", "run.cancel"] as const) {
    await h.kernel.dispatch({ type, workflowRunId: stopped, reason: "why not" });
  }
  await h.drain();
  broken = false;
  const letters = await h.kernel.dispatch({ type: "deadletter.list" });
  const letter = letters.find(({ runId }) => runId === failed);
  await h.kernel.dispatch({ type: "deadletter.replay", id: letter?.id ?? "" });
  await h.drain();
  const { events } = h.persistence.dump();
  for (const { type, data } of events) {
    const fault = EVENT_DATA[type]?.safeParse(data).error?.message;
    expect({ type, data, fault: EVENT_DATA[type] ? fault : "no schema" }).toMatchObject({
      fault: undefined,
    });
  }
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(Object.keys(EVENT_DATA)));
});

it("never repeats an output in an event", async () => {
  const h = new Harness([fan(2)]);
  const id = await h.start("fan", "the-input");
  await h.drain();
  const { events } = await h.kernel.query.getTimeline(id);
  expect(JSON.stringify(events)).not.toContain("the-input");
  expect(JSON.stringify(events.map(({ data }) => data))).not.toContain("output");
});

describe("revs [12] [I2]", () => {
  const revsOf = (h: Harness, runId: string) =>
    h.persistence
      .dump()
      .events.filter((event) => event.runId === runId)
      .map((event) => event.rev)
      .sort((a, b) => a - b);

  it("are gap-free under 50 branches that end at once and commands between them", async () => {
    const fleet = new Fleet([fan(50)]);
    const two = [fleet.process(), fleet.process()] as const;
    const id = await two[0].start("fan");
    await two[0].round();
    const session = await two[0].session();
    const claimed = await two[0].kernel.dispatch({ type: "job.claim", session, limit: 50 });
    expect(claimed).toHaveLength(50);
    const verbs = Array.from({ length: 50 }, (_, i) => {
      const type = i % 2 === 0 ? "run.pause" : "run.resume";
      return two[i % 2]!.kernel.dispatch({ type, workflowRunId: id }).catch(() => {});
    });
    const ends = claimed.map((one) =>
      two[0].kernel.dispatch({ type: "job.execute", session, claimed: one }),
    );
    await fleet.world.until(Promise.all([...verbs, ...ends]));
    await two[1].kernel.dispatch({ type: "run.resume", workflowRunId: id });
    await two[0].drain();
    const run = await two[0].kernel.query.getRun(id);
    expect(run).toMatchObject({ status: "completed", output: "join" });
    expect(revsOf(two[0], id)).toEqual(Array.from({ length: run.rev }, (_, i) => i + 1));
    expect(run.rev).toBeGreaterThanOrEqual(54);
  });

  it("stand still after the end", async () => {
    const h = new Harness([nap]);
    const id = await h.start("nap");
    await h.drain();
    const { rev } = await h.kernel.query.getRun(id);
    await h.kernel.dispatch({ type: "run.transition", workflowRunId: id });
    for (const type of ["run.cancel", "run.pause", "run.resume"] as const) {
      await expect(h.kernel.dispatch({ type, workflowRunId: id })).rejects.toThrow();
    }
    await h.kernel.maintain();
    expect((await h.kernel.query.getRun(id)).rev).toBe(rev);
    expect(revsOf(h, id)).toHaveLength(rev);
  });
});
