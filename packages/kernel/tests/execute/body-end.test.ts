import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { eachCrashPoint } from "../support/crash.ts";
import { Harness } from "../support/harness.ts";
import type { VirtualWorld } from "../support/virtual-world.ts";

const ONCE = { retry: { maxAttempts: 1 } };

describe("a body that has thrown while a sibling is in flight", () => {
  const scenario = (bodies: string[], failures: number) => {
    let broken = failures;
    return defineWorkflow({
      id: "w",
      retry: { maxAttempts: 2, initialDelay: 100, jitter: 0 },
      run: (ctx) =>
        ctx.map(
          ["bad", "slow", "next", "last"],
          (item) =>
            ctx.step(
              item,
              async () => {
                bodies.push(item);
                if (item === "bad" && broken-- > 0) throw new Error("no bad");
                await h.world.runtime.after(10);
                return item;
              },
              ONCE,
            ),
          { concurrency: 2 },
        ),
    });
  };
  let h: Harness;

  it("gives the step that ended it a fresh budget in the stage's next attempt", async () => {
    h = new Harness([scenario([], 1)]);
    const id = await h.start("w");
    await h.drain();
    expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed" });
  });

  it("begins nothing more", async () => {
    const bodies: string[] = [];
    h = new Harness([scenario(bodies, 1)]);
    await h.start("w");
    await h.round();
    expect(bodies).toEqual(["bad", "slow"]);
  });
});

it("a body that has returned is not held for what a sibling recorded after its end", async () => {
  const scenario = {
    workflow: (world: VirtualWorld) =>
      defineWorkflow({
        id: "w",
        run: (ctx) => {
          const lane = async () => {
            await ctx.step("a", () => world.runtime.after(20));
            await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
            await ctx.step("b", () => world.runtime.after(20));
            await ctx.step("c", () => world.runtime.after(20));
            return "lane";
          };
          void ctx.step("other", () => world.runtime.after(200));
          return ctx.race([lane(), ctx.step("quick", () => "quick")]);
        },
      }),
  };
  const bad: unknown[] = [];
  await eachCrashPoint(scenario, async (point, survivor, runId) => {
    const { status } = await survivor.kernel.query.getRun(runId);
    const [stage] = survivor.persistence.dump().stages;
    if (status !== "completed") bad.push([point, stage?.holdReason]);
  });
  expect(bad).toEqual([]);
});

it("a result whose output can't be read fails the stage, not the process", async () => {
  const unhandled: unknown[] = [];
  const listener = (error: unknown) => void unhandled.push(error);
  const before = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", listener);
  try {
    const odd = defineStage({
      id: "odd",
      schemas: {},
      execute: async () => ({
        get output(): never {
          throw new Error("unreadable");
        },
      }),
    });
    const h = new Harness([new WorkflowBuilder("w").pipe(odd).build()]);
    const id = await h.start("w");
    await h.round().catch(() => []);
    expect(unhandled).toEqual([]);
    expect((await h.kernel.query.getRun(id)).status).toBe("failed");
  } finally {
    process.off("unhandledRejection", listener);
    for (const one of before) process.on("unhandledRejection", one as never);
  }
});

it.each([5, null, undefined, "text", {}, []])(
  "a stage that returns %j fails, told what to return",
  async (result) => {
    const odd = defineStage({ id: "odd", schemas: {}, execute: async () => result as never });
    const h = new Harness([new WorkflowBuilder("w").pipe(odd).build()]);
    const id = await h.start("w");
    await h.drain();
    const { status, failure } = await h.kernel.query.getRun(id);
    expect({ status, failure }).toMatchObject({
      status: "failed",
      failure: {
        code: "E_OUTPUT_INVALID",
        message: expect.stringMatching(/"odd" returned .*output: /),
      },
    });
  },
);
