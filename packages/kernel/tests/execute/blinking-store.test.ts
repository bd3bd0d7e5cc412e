import { type DurableContext, defineWorkflow, EngineError } from "@pawl/kernel";
import type { CommitPlan, Persistence } from "@pawl/kernel/ports";
import type { Fault } from "@pawl/persistence-memory";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { VirtualWorld } from "../support/virtual-world.ts";

const ONCE = { retry: { maxAttempts: 1 } };

interface Blink {
  readonly fault: Fault;
  readonly ms: number;
  readonly hits: (method: string, plan: CommitPlan | undefined) => boolean;
}

/** A store that suffers from the first call that `hits`, for so long. */
function blinking(
  run: (ctx: DurableContext, world: VirtualWorld) => Promise<unknown>,
  { fault, ms, hits }: Blink,
): Harness {
  const world = new VirtualWorld();
  let since: number | undefined;
  return new Harness([defineWorkflow({ id: "w", run: (ctx) => run(ctx, world) })], {
    world,
    faults: ({ method, plan }) => {
      if (!hits(method, plan)) return undefined;
      since ??= world.now;
      return world.now - since < ms ? fault : undefined;
    },
  });
}

const tells = (type: string) => (_method: string, plan: CommitPlan | undefined) =>
  plan?.events.some((event) => event.type === type) ?? false;
const records = (key: string) => (_method: string, plan: CommitPlan | undefined) =>
  plan?.writes.some((w) => w.op === "insert" && w.table === "steps" && w.row.key === key) ?? false;

describe("a store out of reach for three seconds makes no body run twice [I18]", () => {
  it("when a wait is stored beside a step in flight", async () => {
    let bodies = 0;
    const h = blinking(
      (ctx, world) =>
        ctx.race([
          ctx.step("long", async () => {
            bodies += 1;
            await world.runtime.after(10_000);
          }),
          ctx.sleep("limit", "1 hour"),
        ]) as Promise<unknown>,
      { fault: "unavailable", ms: 3_000, hits: tells("stage.waitsOpened") },
    );
    const id = await h.start("w");
    await h.drain();
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
    expect(bodies).toBe(1);
  });

  it.each([
    ["the stage suspends", "stage.suspended"],
    ["the stage ends", "stage.completed"],
  ])("when %s with a deferred record", async (_title, type) => {
    let bodies = 0;
    const h = blinking(
      async (ctx) => {
        await ctx.step("deferred", () => void bodies++, { durability: "deferred" });
        if (type === "stage.suspended") await ctx.sleep("nap", "1 hour");
      },
      { fault: "unavailable", ms: 3_000, hits: tells(type) },
    );
    const id = await h.start("w");
    await h.drain();
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
    expect(bodies).toBe(1);
  });

  it("nor forgets that an atMostOnce body failed: no doubt is raised", async () => {
    const h = blinking(
      async (ctx) => {
        const told = await ctx
          .step("once", () => Promise.reject(new Error("refused")), { mode: "atMostOnce" })
          .catch((error: Error) => error.message);
        await ctx.sleep("nap", "1 hour");
        return told;
      },
      { fault: "unavailable", ms: 3_000, hits: tells("stage.suspended") },
    );
    const id = await h.start("w");
    await h.drain();
    expect(await h.kernel.query.getRun(id)).toMatchObject({ output: "refused" });
  });
});

it("a row that a foreign transaction holds for 30 seconds fails no run", async () => {
  const h = blinking((ctx) => ctx.step("a", () => "a"), {
    fault: "busy",
    ms: 30_000,
    hits: records("a"),
  });
  const id = await h.start("w");
  await h.drain();
  expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: "a" });
});

it.each(["get", "has", "put"] as const)(
  "a store out of reach for a moment fails no stage in ctx.storage.%s",
  async (verb) => {
    let reading = false;
    const h = blinking(
      async (ctx) => {
        await ctx.step("a", () => 1, ONCE);
        reading = true;
        await ctx.storage[verb]("name", "value");
        return "done";
      },
      { fault: "unavailable", ms: 1, hits: (method) => reading && method === "get" },
    );
    const id = await h.start("w");
    await h.drain();
    expect(h.persistence.dump().runs).toMatchObject([{ id, status: "completed" }]);
  },
);

it("a store whose tables are away for a while fails no run, and no body runs twice", async () => {
  const world = new VirtualWorld();
  let bodies = 0;
  let since: number | undefined;
  const away = (plans: readonly CommitPlan[]): void => {
    if (!plans.some((plan) => records("a")("", plan))) return;
    since ??= world.now;
    if (world.now - since < 3_000) throw new EngineError("E_SCHEMA_MISSING", "lacks a table");
  };
  const wrap = (persistence: Persistence): Persistence => ({
    ...persistence,
    commit: async (plan) => {
      away([plan]);
      return persistence.commit(plan);
    },
    commitMany: async (plans) => {
      away(plans);
      return persistence.commitMany(plans);
    },
  });
  const workflow = defineWorkflow({ id: "w", run: (ctx) => ctx.step("a", () => ++bodies) });
  const h = new Harness([workflow], { world, wrap });
  const id = await h.start("w");
  await h.drain();
  expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: 1 });
});
