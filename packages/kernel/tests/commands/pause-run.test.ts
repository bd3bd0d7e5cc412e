import { WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { begin, claim, eventTypes, Fleet, Gate, LEASE_MS, register } from "./fleet.ts";
import { echo, fan, fn, gated, nap, stage } from "./workflows.ts";

const HOUR_MS = 3_600_000;
const pause = (h: Harness, workflowRunId: string) =>
  h.kernel.dispatch({ type: "run.pause", workflowRunId, actor: "ann", reason: "rush" });
const resume = (h: Harness, workflowRunId: string) =>
  h.kernel.dispatch({ type: "run.resume", workflowRunId, actor: "bob" });
const stagesOf = (h: Harness) => h.persistence.dump().stages;

describe("run.pause", () => {
  it.each([
    ["the same process", (h: Harness, _fleet: Fleet) => h],
    ["another process", (_h: Harness, fleet: Fleet) => fleet.process()],
  ])("by %s lets the step in flight end and starts no other [88]", async (_title, byWhom) => {
    const gate = new Gate();
    const done: string[] = [];
    const fleet = new Fleet([gated(gate, done)]);
    const h = fleet.process();
    const runId = await h.start("gated");
    const { ends } = await begin(h, await register(h));
    const answer = await pause(byWhom(h, fleet), runId);
    expect(answer).toEqual({ workflowRunId: runId, status: "paused", changed: true });
    gate.open();
    await fleet.world.until(ends);
    expect(done).toEqual(["first"]);
    expect(h.persistence.dump().steps).toMatchObject([{ key: "first", status: "completed" }]);
    expect(stagesOf(h)).toMatchObject([{ status: "ready", held: true, holdReason: "paused" }]);
    expect(await claim(h, await register(h))).toEqual([]);
    expect(await h.kernel.query.getRun(runId)).toMatchObject({ status: "paused" });
  });

  it("starts no other step in its process though none has to be committed [88]", async () => {
    const gate = new Gate();
    const done: string[] = [];
    const deferred = fn("deferred", async (ctx) => {
      const options = { durability: "deferred" } as const;
      await ctx.step("first", () => gate.passed.then(() => void done.push("first")), options);
      await ctx.step("second", () => void done.push("second"), options);
    });
    const h = new Harness([deferred]);
    const runId = await h.start("deferred");
    const { ends } = await begin(h, await h.session());
    await pause(h, runId);
    gate.open();
    await h.world.until(ends);
    expect(done).toEqual(["first"]);
    await resume(h, runId);
    await h.drain();
    expect(done).toEqual(["first", "second"]);
  });

  it.each([
    ["the same process", (h: Harness, _fleet: Fleet) => h],
    ["another process", (_h: Harness, fleet: Fleet) => fleet.process()],
  ])("by %s starts no attempt that a step waits for in place [88]", async (_title, byWhom) => {
    const gate = new Gate();
    const attempts: number[] = [];
    const retrying = fn("retrying", async (ctx) => {
      const flaky = ctx.step("flaky", ({ attempt }) => {
        attempts.push(attempt);
        if (attempt === 1) throw new Error("once");
      });
      await ctx.all([flaky, ctx.step("beside", () => gate.passed)]);
    });
    const fleet = new Fleet([retrying]);
    const h = fleet.process();
    const runId = await h.start("retrying");
    const { ends } = await begin(h, await register(h));
    await h.world.settle();
    await pause(byWhom(h, fleet), runId);
    gate.open();
    await fleet.world.until(ends);
    expect(attempts).toEqual([1]);
    await resume(h, runId);
    await h.drain();
    expect(attempts).toEqual([1, 2]);
    expect(await h.kernel.query.getRun(runId)).toMatchObject({ status: "completed" });
  });

  it("leaves who and why in event and audit", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await pause(h, runId);
    await resume(h, runId);
    const { audit } = h.persistence.dump();
    expect(audit).toMatchObject([
      { runId, verb: "run.pause", actor: "ann", reason: "rush" },
      { runId, verb: "run.resume", actor: "bob", reason: null },
    ]);
    const { events } = await h.kernel.query.getTimeline(runId, { afterRev: 1 });
    expect(events).toMatchObject([
      { type: "run.paused", actor: "ann", data: { reason: "rush" } },
      { type: "run.resumed", actor: "bob" },
    ]);
  });

  it("twice changes nothing the second time", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await pause(h, runId);
    const before = h.persistence.dump();
    expect(await pause(h, runId)).toMatchObject({ status: "paused", changed: false });
    expect(h.persistence.dump()).toEqual(before);
  });

  it("keeps a due timer from waking anything; the resume wakes it once [88]", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await h.round();
    await pause(h, runId);
    await h.world.advance(2 * HOUR_MS);
    await h.kernel.maintain();
    expect(await h.round()).toEqual([]);
    await resume(h, runId);
    await h.drain();
    expect(await h.kernel.query.getRun(runId)).toMatchObject({
      status: "completed",
      output: "rested",
    });
    expect(h.persistence.dump().waits).toMatchObject([{ outcome: "fired" }]);
  });

  it("keeps the next stage from starting when the one in flight ends [88]", async () => {
    const gate = new Gate();
    const two = new WorkflowBuilder("two")
      .pipe(stage("one", () => gate.passed))
      .pipe(stage("two"))
      .build();
    const fleet = new Fleet([two]);
    const h = fleet.process();
    const runId = await h.start("two");
    const { ends } = await begin(h, await register(h));
    await pause(fleet.process(), runId);
    gate.open();
    expect(await h.world.until(ends)).toMatchObject([{ outcome: "completed", stages: 1 }]);
    expect(stagesOf(h)).toMatchObject([
      { stageId: "one", status: "completed", held: false },
      { stageId: "two", status: "ready", held: true, holdReason: "paused" },
    ]);
    expect(await h.round()).toEqual([]);
    await resume(h, runId);
    await h.drain();
    expect((await h.kernel.query.getRun(runId)).output).toBe("two");
  });

  it("keeps a join from starting when its last branch ends [88]", async () => {
    const h = new Harness([fan(2)]);
    const runId = await h.start("fan");
    await h.round();
    const session = await register(h);
    const claimed = await claim(h, session);
    await pause(h, runId);
    for (const one of claimed) {
      await h.world.until(h.kernel.dispatch({ type: "job.execute", session, claimed: one }));
    }
    await h.kernel.maintain();
    expect(await h.round()).toEqual([]);
    await resume(h, runId);
    await h.drain();
    expect(await h.kernel.query.getRun(runId)).toMatchObject({ output: "join" });
  });

  it("of a pending run is refused, of an ended one too", async () => {
    const h = new Harness([echo]);
    const pending = await h.start("echo", 1, { startAt: h.world.now + 1 });
    await expect(pause(h, pending)).rejects.toMatchObject({ code: "E_STATE_INVALID" });
    await expect(resume(h, pending)).rejects.toMatchObject({ code: "E_STATE_INVALID" });
    await h.drain();
    await expect(pause(h, pending)).rejects.toMatchObject({ code: "E_RUN_TERMINAL" });
    await expect(resume(h, pending)).rejects.toMatchObject({ code: "E_RUN_TERMINAL" });
    expect(h.persistence.dump().audit).toEqual([]);
  });
});

describe("run.resume", () => {
  it("goes on without repeating the steps that were recorded [88]", async () => {
    const gate = new Gate();
    const done: string[] = [];
    const h = new Harness([gated(gate, done)]);
    const runId = await h.start("gated");
    const { ends } = await begin(h, await h.session());
    await pause(h, runId);
    gate.open();
    await h.world.until(ends);
    await resume(h, runId);
    await h.drain();
    expect(done).toEqual(["first", "second"]);
    expect(await h.kernel.query.getRun(runId)).toMatchObject({ output: "through" });
  });

  it("writes no line of the log twice, and loses none", async () => {
    const gate = new Gate();
    const talker = fn("talker", async (ctx) => {
      ctx.log("info", "begins");
      await ctx.step("first", () => gate.passed);
      ctx.log("info", "between");
      await ctx.step("second", () => undefined, { durability: "deferred" });
      ctx.log("info", "before the last");
      await ctx.step("last", () => undefined);
    });
    const h = new Harness([talker]);
    const runId = await h.start("talker");
    const { ends } = await begin(h, await h.session());
    await pause(h, runId);
    gate.open();
    await h.world.until(ends);
    await resume(h, runId);
    await h.drain();
    const lines = await h.kernel.query.listLogs(runId);
    const messages = lines.map(({ message }) => message);
    expect(messages).toEqual(["begins", "between", "before the last"]);
  });

  it("before the execution has noticed the pause loses nothing", async () => {
    const gate = new Gate();
    const done: string[] = [];
    const fleet = new Fleet([gated(gate, done)]);
    const h = fleet.process();
    const other = fleet.process();
    const runId = await h.start("gated");
    const { ends } = await begin(h, await h.session());
    await pause(other, runId);
    await resume(other, runId);
    gate.open();
    await fleet.world.until(ends);
    await h.drain();
    expect(done).toEqual(["first", "second"]);
    expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
  });

  it("twice, or of a run that was never paused, changes nothing", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    expect(await resume(h, runId)).toMatchObject({ status: "running", changed: false });
    await pause(h, runId);
    expect(await resume(h, runId)).toMatchObject({ status: "running", changed: true });
    const before = h.persistence.dump();
    expect(await resume(h, runId)).toMatchObject({ status: "running", changed: false });
    expect(h.persistence.dump()).toEqual(before);
    expect(eventTypes(h, runId).filter((type) => type === "run.resumed")).toHaveLength(1);
  });

  it("clears no hold but that of the pause", async () => {
    let executions = 0;
    const drifting = fn("drifting", async (ctx) => {
      executions += 1;
      await ctx.step(`key-${executions}`, () => 1);
      await ctx.sleep("nap", "1 hour");
    });
    const h = new Harness([drifting]);
    const runId = await h.start("drifting");
    await h.drain();
    expect(stagesOf(h)).toMatchObject([{ held: true, holdReason: "nondeterminism" }]);
    await pause(h, runId);
    await resume(h, runId);
    expect(stagesOf(h)).toMatchObject([{ held: true, holdReason: "nondeterminism" }]);
    expect(await h.round()).toEqual([]);
  });
});

it("a run whose worker dies while it is paused stays paused [88]", async () => {
  const gate = new Gate();
  const fleet = new Fleet([gated(gate)]);
  const victim = fleet.process();
  const runId = await victim.start("gated");
  await begin(victim, await register(victim));
  const h = fleet.process();
  await pause(h, runId);
  await fleet.world.advance(LEASE_MS);
  expect(await h.kernel.dispatch({ type: "lease.reapStale" })).toEqual({ sessions: 1, stages: 1 });
  expect(stagesOf(h)).toMatchObject([
    { status: "ready", held: true, holdReason: "paused", session: null },
  ]);
  expect((await h.kernel.query.getRun(runId)).status).toBe("paused");
  expect(await claim(h, await register(h))).toEqual([]);
  gate.open();
  await resume(h, runId);
  await h.drain();
  expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
});
