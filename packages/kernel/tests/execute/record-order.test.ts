import { defineWorkflow, TerminalError } from "@pawl/kernel";
import type { CommitPlan, Persistence } from "@pawl/kernel/ports";
import { createMemoryStore } from "@pawl/persistence-memory";
import { expect, it } from "vitest";
import { eachCrashPoint } from "../support/crash.ts";
import { Harness } from "../support/harness.ts";
import { VirtualWorld } from "../support/virtual-world.ts";

const microtasks = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await null;
};
const ONCE = { retry: { maxAttempts: 1 } };

it("a record never goes before the caught failure that its call came after", async () => {
  const scenario = {
    workflow: (world: VirtualWorld) => {
      const gate = world.runtime.after(100);
      return defineWorkflow({
        id: "w",
        async run(ctx) {
          const early = ctx.step("early", () => gate);
          const fallback = await ctx
            .step("broken", () => Promise.reject(new TerminalError("no")), ONCE)
            .catch(() => "fallback");
          await ctx.all([
            ctx.step(
              "flaky",
              async ({ attempt }) => {
                await gate;
                await microtasks(20);
                if (attempt === 1) throw new Error("once");
              },
              { retry: { maxAttempts: 2, initialDelay: 10, jitter: 0 } },
            ),
            ctx.step("late", async () => {
              await gate;
              await microtasks(60);
            }),
          ]);
          await early;
          return fallback;
        },
      });
    },
  };
  const held: unknown[] = [];
  await eachCrashPoint(scenario, async (point, survivor, runId) => {
    const { status } = await survivor.kernel.query.getRun(runId);
    const { stages } = survivor.persistence.dump();
    if (status !== "completed") held.push([point, status, stages.map((s) => s.holdReason)]);
  });
  expect(held).toEqual([]);
});

const records = (plan: CommitPlan, key: string): boolean =>
  plan.writes.some((w) => w.op === "insert" && w.table === "steps" && w.row.key === key);

it.each([
  ["a deferred record", "deferred"],
  ["a caught failure", "failure"],
])("a busy row lets no later record overtake %s that an earlier one carries", async (_t, what) => {
  const world = new VirtualWorld();
  const store = createMemoryStore();
  const workflow = defineWorkflow({
    id: "w",
    async run(ctx) {
      if (what === "deferred") await ctx.step("first", () => 1, { durability: "deferred" });
      else await ctx.step("first", () => Promise.reject(new Error("no")), ONCE).catch(() => 0);
      await ctx.all([
        ctx.step("x", () => world.runtime.after(10)),
        ctx.step("y", () => world.runtime.after(20)),
      ]);
      return "done";
    },
  });
  let dead = false;
  let died: () => void = () => {};
  const death = new Promise<void>((resolve) => {
    died = resolve;
  });
  const never = <T>(): Promise<T> => new Promise(() => {});
  const wrap = (inner: Persistence): Persistence => ({
    ...inner,
    commit: async (plan) => {
      if (dead) return never();
      if (records(plan, "x")) return { ok: false, why: "busy", dbNow: world.now };
      const result = await inner.commit(plan);
      if (!records(plan, "y")) return result;
      dead = true;
      died();
      return never();
    },
    heartbeat: (session, beat) => (dead ? never() : inner.heartbeat(session, beat)),
  });
  const victim = new Harness([workflow], { world, store, wrap, leaseTtlMs: 25_000 });
  const runId = await victim.start("w");
  const working = victim.round().catch(() => undefined);
  await world.settle();
  await Promise.race([death, working]);
  world.abandon();
  await world.advance(26_000);
  const survivor = new Harness([workflow], { world, store });
  await survivor.kernel.maintain();
  await survivor.drain();
  const { stages } = survivor.persistence.dump();
  expect(stages).toMatchObject([{ holdReason: null, status: "completed" }]);
  expect((await survivor.kernel.query.getRun(runId)).status).toBe("completed");
});

it("what was given behind a record refused for its fence is not stored either", async () => {
  const world = new VirtualWorld();
  const workflow = defineWorkflow({
    id: "w",
    async run(ctx) {
      await ctx.step("first", () => 1, { durability: "deferred" });
      await ctx.all([ctx.step("x", () => undefined), ctx.step("y", () => world.runtime.after(10))]);
    },
  });
  const stored: CommitPlan[] = [];
  const wrap = (inner: Persistence): Persistence => ({
    ...inner,
    commit: async (plan) => {
      if (records(plan, "x")) {
        await world.runtime.after(20);
        return { ok: false, why: "fence", dbNow: world.now };
      }
      stored.push(plan);
      return inner.commit(plan);
    },
  });
  const h = new Harness([workflow], { world, wrap });
  await h.start("w");
  expect(await h.round()).toMatchObject([{ outcome: "busy" }]);
  expect(stored.some((plan) => records(plan, "y"))).toBe(false);
});
