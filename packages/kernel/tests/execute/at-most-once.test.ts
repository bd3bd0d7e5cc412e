import { createMemoryStore } from "@pawl/persistence-memory";
import { expect, it } from "vitest";
import { fn } from "../commands/workflows.ts";
import { Harness } from "../support/harness.ts";
import { VirtualWorld } from "../support/virtual-world.ts";

it("a pause that meets the marker raises no doubt: the body that begins there is run", async () => {
  let bodies = 0;
  let runId = "";
  let paused = false;
  const pay = fn("w", (ctx) =>
    ctx.step(
      "pay",
      () => {
        bodies += 1;
        return "paid";
      },
      { mode: "atMostOnce" },
    ),
  );
  const parts = { world: new VirtualWorld(), store: createMemoryStore() };
  const other = new Harness([pay], parts);
  const h = new Harness([pay], {
    ...parts,
    wrap: (inner) => ({
      ...inner,
      async commit(plan) {
        const marks = plan.writes.some((write) => write.op === "insert" && write.table === "steps");
        if (marks && !paused) {
          paused = true;
          await other.kernel.dispatch({ type: "run.pause", workflowRunId: runId });
        }
        return inner.commit(plan);
      },
    }),
  });
  runId = await h.start("w");
  await h.drain();
  expect(await h.kernel.query.getRun(runId)).toMatchObject({ status: "completed", output: "paid" });
  expect(bodies).toBe(1);
});

it("a body that threw is known to have failed: the stage's next attempt sees that", async () => {
  let bodies = 0;
  const seen: string[] = [];
  const decline = fn(
    "w",
    async (ctx) => {
      try {
        await ctx.step(
          "pay",
          () => {
            bodies += 1;
            throw new Error("declined");
          },
          { mode: "atMostOnce" },
        );
      } catch (error) {
        seen.push((error as Error).message);
        throw error;
      }
    },
    { retry: { maxAttempts: 2, initialDelay: 1 } },
  );
  const h = new Harness([decline]);
  const id = await h.start("w");
  await h.drain();
  expect((await h.kernel.query.getRun(id)).status).toBe("failed");
  expect(seen).toEqual(["declined", "declined"]);
  expect(bodies).toBe(1);
});
