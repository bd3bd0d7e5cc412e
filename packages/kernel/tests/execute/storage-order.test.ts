import { defineWorkflow } from "@pawl/kernel";
import type { Persistence } from "@pawl/kernel/ports";
import { createMemoryStore } from "@pawl/persistence-memory";
import { expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { VirtualWorld } from "../support/virtual-world.ts";

it("a race of a branch that reads an artifact has the same winner at replay [I17]", async () => {
  const world = new VirtualWorld();
  const store = createMemoryStore();
  const winners: unknown[] = [];
  const workflow = defineWorkflow({
    id: "w",
    async run(ctx) {
      const lane = async () => {
        await ctx.step("a", () => world.runtime.after(1));
        await ctx.storage.get("notes");
        return "lane";
      };
      const winner = await ctx.race([lane(), ctx.step("b", () => world.runtime.after(3)) as never]);
      winners.push(winner);
      await ctx.step(winner === "lane" ? "after the lane" : "after b", () => 1);
      await ctx.sleep("nap", "1 hour");
    },
  });
  const slow = (inner: Persistence): Persistence => ({
    ...inner,
    query: {
      ...inner.query,
      get: async (table, key) => {
        if (table === "annotations") await world.runtime.after(5);
        return inner.query.get(table, key);
      },
    },
  });
  const first = new Harness([workflow], { world, store, wrap: slow });
  await first.start("w");
  await first.round();
  await world.advance(3_600_000);
  const second = new Harness([workflow], { world, store });
  await second.drain();
  expect(winners).toHaveLength(2);
  expect(winners[1]).toBe(winners[0]);
  expect(second.persistence.dump().stages).toMatchObject([{ status: "completed" }]);
});
