import { type DurableContext, defineWorkflow } from "@pawl/kernel";
import type { Persistence, Runtime } from "@pawl/kernel/ports";
import { createMemoryStore } from "@pawl/persistence-memory";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { VirtualWorld } from "../support/virtual-world.ts";

const SPINS_MAX = 200;

/** A world whose timers are counted; one that is asked too often stops answering. */
function counted(): { world: VirtualWorld; runtime: Runtime; calls: () => number } {
  const world = new VirtualWorld();
  let calls = 0;
  const runtime: Runtime = {
    ...world.runtime,
    after: (ms, cancel) => {
      calls += 1;
      return calls > SPINS_MAX ? new Promise(() => {}) : world.runtime.after(ms, cancel);
    },
  };
  return { world, runtime, calls: () => calls };
}

describe("a wait that is due and that nobody may resolve yet makes no execution spin", () => {
  it("beside a step in flight of a paused run", async () => {
    const { world, runtime, calls } = counted();
    const workflow = defineWorkflow({
      id: "w",
      run: (ctx: DurableContext) =>
        ctx.race([
          ctx.step("long", () => world.runtime.after(60_000)),
          ctx.sleep("limit", 1_000),
        ]) as Promise<unknown>,
    });
    const h = new Harness([workflow], { world, runtime });
    const workflowRunId = await h.start("w");
    void h.round().catch(() => undefined);
    await world.advance(500);
    await h.kernel.dispatch({ type: "run.pause", workflowRunId });
    await world.advance(1_000);
    world.abandon();
    expect(calls()).toBeLessThan(50);
  });

  it("beside a step in flight of a body that has returned", async () => {
    const { world, runtime, calls } = counted();
    const workflow = defineWorkflow({
      id: "w",
      async run(ctx) {
        void ctx.sleep("left alone", 1_000);
        void ctx.step("long", () => world.runtime.after(60_000));
        return "done";
      },
    });
    const h = new Harness([workflow], { world, runtime });
    await h.start("w");
    void h.round().catch(() => undefined);
    await world.advance(2_000);
    world.abandon();
    expect(calls()).toBeLessThan(50);
  });
});

it("a record that is on its way beside a new wait makes no execution spin", async () => {
  const world = new VirtualWorld();
  let turns = 0;
  const runtime: Runtime = {
    ...world.runtime,
    turn: () => {
      turns += 1;
      return turns > SPINS_MAX ? new Promise(() => {}) : world.runtime.turn();
    },
  };
  const workflow = defineWorkflow({
    id: "w",
    run: (ctx: DurableContext) =>
      ctx.race([ctx.step("quick", () => 1), ctx.sleep("limit", "1 hour")]) as Promise<unknown>,
  });
  const wrap = (inner: Persistence): Persistence => ({
    ...inner,
    commit: async (plan) => {
      if (plan.guards.some(({ kind }) => kind === "stage")) await world.runtime.after(1_000);
      return inner.commit(plan);
    },
  });
  const h = new Harness([workflow], { world, runtime, wrap });
  await h.start("w");
  void h.round().catch(() => undefined);
  await world.advance(500);
  world.abandon();
  expect(turns).toBeLessThan(50);
});

it("a stage that is out of time while it replays begins no step any more", async () => {
  const world = new VirtualWorld();
  const store = createMemoryStore();
  let charges = 0;
  let hangs = false;
  const workflow = defineWorkflow({
    id: "w",
    timeout: 5_000,
    async run(ctx) {
      const charge = ctx.step("charge", async () => {
        charges += 1;
        await new Promise(() => {});
      });
      await ctx.step("a", () => 1);
      if (hangs) await new Promise(() => {});
      await ctx.step("b", () => 2);
      await charge;
    },
  });
  const victim = new Harness([workflow], { world, store });
  const runId = await victim.start("w");
  void victim.round().catch(() => undefined);
  await world.settle();
  expect(victim.persistence.dump().steps.map((s) => s.key)).toEqual(["a", "b"]);
  const survivor = new Harness([workflow], { world, store });
  const session = await victim.session();
  await survivor.kernel.dispatch({ type: "lease.reapStale", dead: [session.id] });
  hangs = true;
  await survivor.drain();
  expect((await survivor.kernel.query.getRun(runId)).failure).toMatchObject({
    code: "E_STAGE_TIMEOUT",
  });
  expect(charges).toBe(1);
});

describe("a pause that comes while a step waits for its next attempt", () => {
  it("begins no attempt of it while the run is paused [I33]", async () => {
    const at: number[] = [];
    const workflow = defineWorkflow({
      id: "w",
      run: (ctx) =>
        ctx.step(
          "flaky",
          ({ attempt }) => {
            at.push(attempt);
            if (attempt < 3) throw new Error("no");
          },
          { retry: { maxAttempts: 3, initialDelay: 2_000, factor: 1, jitter: 0 } },
        ),
    });
    const h = new Harness([workflow]);
    const workflowRunId = await h.start("w");
    const round = h.round();
    await h.world.settle();
    expect(at).toEqual([1]);
    await h.kernel.dispatch({ type: "run.pause", workflowRunId });
    await round;
    await h.world.advance(10_000);
    expect(at).toEqual([1]);
  });

  it("does not cut a long delay short: the resume waits for what is left of it", async () => {
    const at: number[] = [];
    let paused: Promise<unknown> = Promise.resolve();
    const workflow = defineWorkflow({
      id: "w",
      run: (ctx) =>
        ctx.step(
          "limited",
          async ({ attempt }) => {
            at.push(h.world.now);
            if (attempt > 1) return;
            paused = h.kernel.dispatch({ type: "run.pause", workflowRunId });
            await paused;
            throw new Error("asked too often");
          },
          { retry: { initialDelay: "1 hour", maxDelay: "1 hour", jitter: 0 } },
        ),
    });
    const h = new Harness([workflow]);
    const workflowRunId = await h.start("w");
    await h.round();
    await h.kernel.dispatch({ type: "run.resume", workflowRunId });
    await h.drain();
    expect(at).toHaveLength(2);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(3_600_000);
  });
});
