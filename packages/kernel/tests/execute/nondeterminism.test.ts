import { type AnyWorkflow, type DurableContext, defineWorkflow } from "@pawl/kernel";
import { createMemoryStore } from "@pawl/persistence-memory";
import { expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { VirtualWorld } from "../support/virtual-world.ts";

const ran: string[] = [];
const step = (ctx: DurableContext, key: string) => ctx.step(key, () => void ran.push(key));

const before = async (ctx: DurableContext): Promise<void> => {
  await step(ctx, "a");
  await step(ctx, "b");
  await ctx.sleep("nap", 1_000);
};

const workflow = (run: (ctx: DurableContext) => Promise<unknown>): AnyWorkflow =>
  defineWorkflow({ id: "w", run: (ctx) => run(ctx) });

/** Suspends a run under one code and resumes it under another. */
async function redeploy(after: (ctx: DurableContext) => Promise<unknown>): Promise<Harness> {
  ran.length = 0;
  const world = new VirtualWorld();
  const store = createMemoryStore();
  const old = new Harness([workflow(before)], { world, store });
  await old.start("w");
  await old.round();
  await world.advance(2_000);
  const fresh = new Harness([workflow(after)], { world, store });
  await fresh.drain();
  return fresh;
}

const cases: [string, (ctx: DurableContext) => Promise<unknown>, RegExp][] = [
  [
    "a renamed step",
    async (ctx) => {
      await step(ctx, "renamed");
      await step(ctx, "b");
    },
    /recorded "a#0".*asked instead for "renamed#0"/s,
  ],
  [
    "steps in another order",
    async (ctx) => {
      await step(ctx, "b");
      await step(ctx, "a");
    },
    /recorded "a#0".*asked instead for "b#0"/s,
  ],
  ["a body that returns early", async () => "early", /ended \(normally\)/],
  [
    "a body that throws early",
    async () => {
      throw new Error("early");
    },
    /ended \(with an error\)/,
  ],
  [
    "a step that became a sleep",
    async (ctx) => {
      await ctx.sleep("a", 5);
    },
    /recorded "a#0" as step.*as timer/s,
  ],
];

it.each(cases)(
  "%s holds the stage with the difference, and runs nothing [5]",
  async (_title, after, message) => {
    const h = await redeploy(after);
    const { stages, deadLetters, runs } = h.persistence.dump();
    expect(ran).toEqual(["a", "b"]);
    expect(runs).toMatchObject([{ status: "running" }]);
    expect(stages).toMatchObject([{ status: "ready", held: true, holdReason: "nondeterminism" }]);
    expect(stages[0]?.failure?.code).toBe("E_NONDETERMINISM");
    expect(stages[0]?.failure?.message).toMatch(message);
    expect(deadLetters).toMatchObject([{ kind: "stage", reason: "nondeterminism" }]);
  },
);

it("a held stage goes on when the code is back and the letter is replayed", async () => {
  const h = await redeploy(cases[0]?.[1] ?? before);
  const store = h.store;
  const back = new Harness([workflow(before)], { world: h.world, store });
  const [letter] = await back.kernel.dispatch({ type: "deadletter.list" });
  await back.kernel.dispatch({ type: "deadletter.replay", id: letter?.id ?? "" });
  await back.drain();
  expect(ran).toEqual(["a", "b"]);
  expect(back.persistence.dump().runs).toMatchObject([{ status: "completed" }]);
});

it("code that adds a step at the end goes on", async () => {
  const h = await redeploy(async (ctx) => {
    await before(ctx);
    await step(ctx, "new");
  });
  expect(ran).toEqual(["a", "b", "new"]);
  expect(h.persistence.dump().runs).toMatchObject([{ status: "completed" }]);
});
