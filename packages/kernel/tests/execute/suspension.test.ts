import { type DurableContext, defineWorkflow } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { eachCrashPoint } from "../support/crash.ts";
import { Harness, type HarnessOptions } from "../support/harness.ts";

function harness(
  body: (ctx: DurableContext) => Promise<unknown>,
  options: HarnessOptions = {},
): Harness {
  return new Harness([defineWorkflow({ id: "w", run: (ctx) => body(ctx) })], options);
}

const stageOf = (h: Harness) => h.persistence.dump().stages[0];

describe("a sleep", () => {
  it.each([0, 0.2])("of %s ms is safe and suspends nothing [19]", async (ms) => {
    const h = harness(async (ctx) => {
      await ctx.sleep("none", ms);
      return "done";
    });
    const id = await h.start("w");
    await h.drain();
    expect((await h.kernel.query.getRun(id)).output).toBe("done");
    expect(h.persistence.dump().waits).toMatchObject([{ kind: "timer", outcome: "fired" }]);
  });

  it("lasts its full time though its stage was claimed long before it began", async () => {
    const h = harness((ctx) => ctx.sleep("nap", 20_000));
    const id = await h.start("w");
    const session = await h.session();
    const [claimed] = await h.kernel.dispatch({ type: "job.claim", session, limit: 1 });
    await h.world.advance(15_000);
    const asked = h.world.now;
    if (!claimed) throw new Error("nothing was claimed");
    await h.kernel.dispatch({ type: "job.execute", session, claimed });
    await h.drain();
    const { status, endedAt } = await h.kernel.query.getRun(id);
    expect(status).toBe("completed");
    expect(Number(endedAt)).toBeGreaterThanOrEqual(asked + 20_000);
  });

  it("that ends in the past settles at once", async () => {
    const h = harness(async (ctx) => {
      await ctx.sleepUntil("past", ctx.now() - 1_000);
      return "done";
    });
    const id = await h.start("w");
    await h.round();
    expect((await h.kernel.query.getRun(id)).output).toBe("done");
  });

  it("lasts its full time and fires once after a crash at every commit [19]", async () => {
    let started = 0;
    await eachCrashPoint(
      {
        workflow: (world) => {
          started = world.now;
          return defineWorkflow({
            id: "w",
            async run(ctx) {
              await ctx.step("before", () => 1);
              await ctx.sleep("hour", "1 hour");
              return ctx.step("after", () => world.now);
            },
          });
        },
      },
      async (_point, survivor, runId) => {
        const { output } = await survivor.kernel.query.getRun(runId);
        expect(Number(output) - started).toBeGreaterThanOrEqual(3_600_000);
        const { waits } = survivor.persistence.dump();
        expect(waits).toMatchObject([{ key: "hour", outcome: "fired" }]);
      },
    );
  });

  it("that fell due while nobody ran fires once on restart [19]", async () => {
    const h = harness(async (ctx) => {
      await ctx.sleep("zzz", 1_000);
      return ctx.step("after", () => "once");
    });
    const id = await h.start("w");
    await h.round();
    await h.world.advance(10 * 86_400_000);
    await h.drain();
    expect((await h.kernel.query.getRun(id)).output).toBe("once");
    expect(h.persistence.dump().steps.length).toBe(1);
  });
});

describe("quiescence", () => {
  it("releases the worker only when no step body is in flight", async () => {
    const h = harness(async (ctx) => {
      const nap = ctx.sleep("nap", 60_000);
      const slow = ctx.step("slow", async () => {
        await h.world.runtime.after(5_000);
        return stageOf(h)?.status;
      });
      const seen = await slow;
      await nap;
      return seen;
    });
    const id = await h.start("w");
    await h.drain();
    expect((await h.kernel.query.getRun(id)).output).toBe("running");
    const types = h.persistence.dump().events.map((event) => event.type);
    expect(types).toContain("stage.waitsOpened");
    expect(types.filter((type) => type === "stage.suspended").length).toBe(1);
  });

  it("a wait that falls due beside a running step settles in that execution", async () => {
    const order: string[] = [];
    const h = harness(async (ctx) => {
      const nap = ctx.sleep("nap", 1_000).then(() => order.push("nap"));
      const slow = ctx
        .step("slow", async () => h.world.runtime.after(5_000))
        .then(() => order.push("slow"));
      await ctx.all([nap, slow]);
      return order;
    });
    const id = await h.start("w");
    await h.round();
    expect((await h.kernel.query.getRun(id)).output).toEqual(["nap", "slow"]);
  });

  it("a body that returns closes its open waits", async () => {
    const h = harness(async (ctx) => {
      void ctx.sleep("forgotten", 1_000);
      await ctx.step("slow", async () => h.world.runtime.after(10));
      return "done";
    });
    const id = await h.start("w");
    await h.drain();
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
    expect(h.persistence.dump().waits.filter((wait) => wait.outcome === null)).toEqual([]);
  });

  it("a body that returns waits for step bodies in flight", async () => {
    const h = harness(async (ctx) => {
      void ctx.step("late", async () => h.world.runtime.after(3_000));
      return "early";
    });
    const id = await h.start("w");
    await h.drain();
    expect((await h.kernel.query.getRun(id)).output).toBe("early");
    expect(h.persistence.dump().steps).toMatchObject([{ key: "late", status: "completed" }]);
  });

  it("does not run finally blocks on suspension", async () => {
    let finals = 0;
    const h = harness(async (ctx) => {
      try {
        await ctx.sleep("nap", 1_000);
      } finally {
        finals += 1;
      }
    });
    await h.start("w");
    await h.round();
    expect([stageOf(h)?.status, finals]).toEqual(["suspended", 0]);
    await h.drain();
    expect(finals).toBe(1);
  });
});

describe("the closed handle", () => {
  it("runs nothing after suspension, names the key, and stays longer next time", async () => {
    let bodies = 0;
    const h = harness(async (ctx) => {
      const nap = ctx.sleep("nap", 60_000);
      await h.world.runtime.after(1_000);
      const got = await ctx.step("beside", () => ++bodies);
      await nap;
      return got;
    });
    const id = await h.start("w");
    await h.round();
    expect([stageOf(h)?.status, bodies]).toEqual(["suspended", 0]);
    await h.world.advance(2_000);
    await h.world.settle();
    expect(bodies).toBe(0);
    expect(h.logged).toMatchObject([{ message: "E_NONDURABLE_AWAIT", facts: { key: "beside" } }]);
    expect(stageOf(h)?.nondurable).toBe(true);
    await h.drain();
    expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: 1 });
    expect(bodies).toBe(1);
  });
});

describe("no lost wake-up", () => {
  it("a suspend that did not see the inbox move decides again with it", async () => {
    let moved = 0;
    const h = harness(
      async (ctx) => {
        await ctx.sleep("nap", 1_000);
        return "woken";
      },
      {
        wrap: (persistence) => ({
          ...persistence,
          async commit(plan) {
            const suspends = plan.events.some((event) => event.type === "stage.suspended");
            if (suspends && moved++ === 0) {
              await persistence.commit({
                commitId: "signal",
                guards: [{ kind: "live", runId: plan.events[0]?.runId ?? "" }],
                writes: [
                  {
                    op: "add",
                    table: "runs",
                    key: { id: plan.events[0]?.runId ?? "" },
                    column: "inbox",
                    by: 1,
                  },
                ],
                events: [],
                intents: [],
                dispatch: [],
              });
            }
            return persistence.commit(plan);
          },
        }),
      },
    );
    const id = await h.start("w");
    await h.drain();
    expect(moved).toBeGreaterThan(1);
    expect((await h.kernel.query.getRun(id)).output).toBe("woken");
  });
});
