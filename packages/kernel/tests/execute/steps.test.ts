import { type DurableContext, defineWorkflow, RetryableError, TerminalError } from "@pawl/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { eachCrashPoint } from "../support/crash.ts";
import { Harness, type HarnessOptions } from "../support/harness.ts";
import type { VirtualWorld } from "../support/virtual-world.ts";

let h: Harness;

interface Ran {
  readonly status: string;
  readonly output: unknown;
  readonly failure: { readonly message: string; readonly code?: string } | null;
}

async function run(
  body: (ctx: DurableContext) => Promise<unknown>,
  options: HarnessOptions & { readonly attempts?: number } = {},
): Promise<Ran> {
  const { attempts = 1, ...rest } = options;
  const workflow = defineWorkflow({
    id: "w",
    retry: { maxAttempts: attempts, initialDelay: 100, jitter: 0 },
    run: (ctx) => body(ctx),
  });
  h = new Harness([workflow], rest);
  const id = await h.start("w");
  await h.drain();
  return (await h.kernel.query.getRun(id)) as Ran;
}

const attemptsOf = (step: string) => h.persistence.dump().attempts.filter((a) => a.step === step);

describe("retry of a step", () => {
  it("tries again in place after a short delay and keeps the history [33]", async () => {
    const at: number[] = [];
    const done = await run((ctx) =>
      ctx.step(
        "flaky",
        ({ attempt }) => {
          at.push(h.world.now);
          if (attempt < 3) throw new Error(`no ${attempt}`);
          return attempt;
        },
        { retry: { maxAttempts: 3, initialDelay: 100, factor: 3, jitter: 0 } },
      ),
    );
    expect(done).toMatchObject({ status: "completed", output: 3 });
    expect(at.map((t) => t - (at[0] as number))).toEqual([0, 100, 400]);
    expect(attemptsOf("flaky").map((a) => [a.attempt, a.failure?.message])).toEqual([
      [1, "no 1"],
      [2, "no 2"],
    ]);
    expect(h.persistence.dump().steps).toMatchObject([{ key: "flaky", attempts: 3 }]);
  });

  it("has no more attempts than its policy says, whatever commit a crash follows", async () => {
    let most = 0;
    const points = await eachCrashPoint(
      {
        workflow: ({ runtime }) =>
          defineWorkflow({
            id: "w",
            run: (ctx) => {
              const flaky = ctx.step(
                "flaky",
                ({ attempt }) => {
                  most = Math.max(most, attempt);
                  if (attempt <= 2) throw new Error("in vain");
                },
                { retry: { maxAttempts: 2, initialDelay: 10 } },
              );
              const beside = ctx.step("beside", () => runtime.after(100));
              const last = ctx.step("last", () => runtime.after(200));
              return ctx.all([flaky, beside, last]);
            },
          }),
      },
      async (_point, survivor, runId) => {
        expect(await survivor.kernel.query.getRun(runId)).toMatchObject({
          status: "failed",
          failure: { message: "in vain" },
        });
      },
    );
    expect(points).toBeGreaterThan(4);
    expect(most).toBe(2);
  });

  it("suspends for a long delay and holds no worker meanwhile", async () => {
    const workers: unknown[] = [];
    const done = await run((ctx) =>
      ctx.step(
        "later",
        ({ attempt }) => {
          if (attempt === 1) throw new RetryableError("busy", { retryAfterMs: 3_600_000 });
          workers.push(h.persistence.dump().waits.map((w) => [w.kind, w.outcome]));
          return attempt;
        },
        { retry: { maxDelay: "1 day" } },
      ),
    );
    expect(done).toMatchObject({ status: "completed", output: 2 });
    expect(workers).toEqual([[["retry", "fired"]]]);
    expect(h.persistence.dump().events.map((e) => e.type)).toContain("stage.suspended");
  });

  it("never tries a terminal error again, though the policy would allow it [54]", async () => {
    const done = await run((ctx) =>
      ctx.step("x", () => {
        throw new TerminalError("no such card");
      }),
    );
    expect(done).toMatchObject({ status: "failed", failure: { message: "no such card" } });
    expect(attemptsOf("x").length).toBe(1);
  });

  it("hands the progress of a failed attempt to the next [56]", async () => {
    const seen: unknown[] = [];
    await run((ctx) =>
      ctx.step("copy", ({ attempt, progress }) => {
        seen.push(progress);
        if (attempt < 3) throw new RetryableError("cut", { progress: { page: attempt } });
      }),
    );
    expect(seen).toEqual([undefined, { page: 1 }, { page: 2 }]);
  });

  it("hands the progress of a failed attempt to the next in another process [56]", async () => {
    const seen: unknown[] = [];
    const copy = defineWorkflow({
      id: "w",
      run: (ctx) =>
        ctx.step(
          "copy",
          ({ attempt, progress }) => {
            seen.push(progress);
            if (attempt === 1) throw new RetryableError("cut", { progress: { page: 7 } });
          },
          { retry: { initialDelay: "1 hour", maxDelay: "1 hour", jitter: 0 } },
        ),
    });
    h = new Harness([copy]);
    await h.start("w");
    await h.round();
    expect(attemptsOf("copy").map((row) => row.progress !== null)).toEqual([true]);
    await new Harness([copy], { world: h.world, store: h.store }).drain();
    expect(seen).toEqual([undefined, { page: 7 }]);
  });

  it("gives the same idempotency key to every attempt and process [3]", async () => {
    const keys = new Set<string>();
    const bodies: number[] = [];
    const points = await eachCrashPoint(
      {
        workflow: () =>
          defineWorkflow({
            id: "w",
            run: (ctx) =>
              ctx.step("pay", (step) => {
                keys.add(step.idempotencyKey.split("/").slice(1).join("/"));
                bodies.push(step.attempt);
                if (step.attempt === 1) throw new Error("once more");
                return "paid";
              }),
          }),
      },
      async (_point, survivor, runId) => {
        expect((await survivor.kernel.query.getRun(runId)).output).toBe("paid");
      },
    );
    expect([...keys]).toEqual(["main/0/0/pay#0"]);
    expect(points).toBeGreaterThanOrEqual(6);
  });
});

describe("a step's final failure", () => {
  it("is recorded when the body catches it, and replay throws the same", async () => {
    const messages: string[] = [];
    const done = await run(async (ctx) => {
      try {
        await ctx.step(
          "bad",
          () => {
            throw Object.assign(new TypeError("broken"), { code: "E_X" });
          },
          { retry: { maxAttempts: 1 } },
        );
      } catch (error) {
        const { name, message, code } = error as { name: string; message: string; code: string };
        messages.push(`${name} ${message} ${code}`);
      }
      await ctx.sleep("nap", 10);
      return ctx.step("after", () => "went on");
    });
    expect(done).toMatchObject({ status: "completed", output: "went on" });
    expect(messages).toEqual(["TypeError broken E_X", "TypeError broken E_X"]);
    expect(h.persistence.dump().steps).toMatchObject([
      { key: "after", status: "completed" },
      { key: "bad", status: "failed" },
    ]);
  });

  it("leaves no record when it ends the attempt: the next runs the step afresh", async () => {
    let bodies = 0;
    let before = 0;
    const done = await run(
      async (ctx) => {
        await ctx.step("kept", () => {
          before += 1;
        });
        return ctx.step(
          "bad",
          () => {
            bodies += 1;
            if (bodies < 4) throw new Error(`no ${bodies}`);
            return "at last";
          },
          { retry: { maxAttempts: 2, initialDelay: 1, jitter: 0 } },
        );
      },
      { attempts: 2 },
    );
    expect(done).toMatchObject({ status: "completed", output: "at last" });
    expect([bodies, before]).toEqual([4, 1]);
  });

  it("of a parallel member is not recorded by a sibling that knew nothing of it", async () => {
    let bodies = 0;
    const done = await run(
      async (ctx) => {
        const slow = ctx.step("slow", async () => {
          await h.world.runtime.after(100);
          return "slow";
        });
        const bad = ctx.step(
          "bad",
          () => {
            bodies += 1;
            if (bodies === 1) throw new Error("first");
            return "good";
          },
          { retry: { maxAttempts: 1 } },
        );
        return ctx.all([slow, bad]);
      },
      { attempts: 2 },
    );
    expect(done).toMatchObject({ status: "completed", output: ["slow", "good"] });
  });
});

describe("outputs", () => {
  it("that can't be encoded fail the step for good, naming the path [24]", async () => {
    const done = await run((ctx) => ctx.step("fn", () => ({ a: [() => 1] }) as unknown));
    expect(done).toMatchObject({ status: "failed", failure: { code: "E_NOT_ENCODABLE" } });
    expect(done.failure?.message).toContain("$.a[0]");
  });

  it("above the limit fail the step with the size and the cap [22]", async () => {
    const done = await run((ctx) => ctx.step("big", () => "x".repeat(2_000)), {
      limits: { payloadBytesMax: 1_000 },
    });
    expect(done.failure?.code).toBe("E_PAYLOAD_TOO_LARGE");
    expect(done.failure?.message).toMatch(/2002 bytes.*1000/);
  });

  it("above the inline size go to the blob store and come back", async () => {
    const text = "y".repeat(40_000);
    const done = await run(async (ctx) => {
      const got = await ctx.step("big", () => text);
      await ctx.sleep("nap", 5);
      return got.length;
    });
    expect(done.output).toBe(40_000);
    expect(h.persistence.dump().blobRefs.map((ref) => ref.owner)).toEqual(["step/main/0/0/big#0"]);
  });
});

describe("modes", () => {
  it("atMostOnce never enters the body twice and surfaces the doubt", async () => {
    let entered = 0;
    let doubts = 0;
    const scenario = {
      workflow: () =>
        defineWorkflow({
          id: "w",
          async run(ctx) {
            try {
              return await ctx.step("charge", () => ++entered, { mode: "atMostOnce" });
            } catch (error) {
              return (error as { code: string }).code;
            }
          },
        }),
    };
    await eachCrashPoint(scenario, async (_point, survivor, runId) => {
      expect(entered).toBeLessThanOrEqual(1);
      const { status, output } = await survivor.kernel.query.getRun(runId);
      expect(status).toBe("completed");
      expect([1, "E_STEP_IN_DOUBT"]).toContain(output);
      if (output !== 1) doubts += 1;
      entered = 0;
    });
    expect(doubts).toBeGreaterThan(0);
  });

  it("an atMostOnce doubt that nobody catches holds the stage for an operator", async () => {
    let held = 0;
    const scenario = {
      workflow: () =>
        defineWorkflow({
          id: "w",
          run: (ctx) => ctx.step("charge", () => "charged", { mode: "atMostOnce" }),
        }),
    };
    await eachCrashPoint(scenario, async (_point, survivor) => {
      const [stage] = survivor.persistence.dump().stages;
      if (stage?.held) {
        held += 1;
        expect(stage.holdReason).toBe("inDoubt");
      }
    });
    expect(held).toBeGreaterThan(0);
  });

  it("a doubt ends as its message says: by code that catches it, or by a cancel", async () => {
    const version = (run: (ctx: DurableContext) => Promise<unknown>) =>
      defineWorkflow({ id: "w", run });
    const charge = (ctx: DurableContext) =>
      ctx.step("charge", () => "charged", { mode: "atMostOnce" });
    const ends = new Set<unknown>();
    await eachCrashPoint({ workflow: () => version(charge) }, async (_, survivor, runId) => {
      const [letter] = await survivor.kernel.dispatch({ type: "deadletter.list" });
      if (!letter) return;
      expect(letter.failure?.message).toContain(
        "Find out. Then either give the workflow code that catches this error (E_STEP_IN_DOUBT) " +
          "and replay the dead letter, or cancel the run.",
      );
      const { world, store } = survivor;
      const catching = version((ctx) => charge(ctx).catch((error) => error.code));
      const h = new Harness([catching], { world, store });
      if (ends.size === 0) await h.kernel.dispatch({ type: "deadletter.replay", id: letter.id });
      else await h.kernel.dispatch({ type: "run.cancel", workflowRunId: runId });
      await h.drain();
      const { status, output } = await h.kernel.query.getRun(runId);
      ends.add(output ?? status);
    });
    expect([...ends]).toEqual(["E_STEP_IN_DOUBT", "cancelled"]);
  });

  it("deferred records ride on the next commit", async () => {
    let commits = 0;
    const done = await run(
      async (ctx) => {
        commits = 0;
        const a = await ctx.step("a", () => 1, { durability: "deferred" });
        const b = await ctx.step("b", () => a + 1, { durability: "deferred" });
        return ctx.step("c", () => b + 1);
      },
      {
        wrap: (persistence) => ({
          ...persistence,
          commit: (plan) => {
            commits += 1;
            return persistence.commit(plan);
          },
        }),
      },
    );
    expect(done.output).toBe(3);
    expect(commits).toBe(2);
    expect(h.persistence.dump().steps.map((s) => s.key)).toEqual(["a", "b", "c"]);
  });
});

describe("ctx inside a step's body", () => {
  let codes: unknown[];
  beforeEach(() => {
    codes = [];
  });
  it.each([
    ["at once", async () => {}],
    ["after an await", () => new Promise<void>((resolve) => setImmediate(resolve))],
  ])("is refused as E_NESTED_STEP %s", async (_title, pause) => {
    await run((ctx) =>
      ctx.step("outer", async () => {
        await pause();
        codes.push(await ctx.step("inner", () => 1).catch((e: { code: string }) => e.code));
      }),
    );
    expect(codes).toEqual(["E_NESTED_STEP"]);
  });
});

it("map runs each item once, so many at a time, results in order [81]", async () => {
  let active = 0;
  let peak = 0;
  const done = await run(async (ctx) =>
    ctx.map(
      [30, 10, 20, 5],
      (ms, i) =>
        ctx.step(`item-${i}`, async () => {
          active += 1;
          peak = Math.max(peak, active);
          await h.world.runtime.after(ms);
          active -= 1;
          return ms * 2;
        }),
      { concurrency: 2 },
    ),
  );
  expect(done.output).toEqual([60, 20, 40, 10]);
  expect(peak).toBe(2);
});

it("map runs as many as the data has, and one that is caught fails alone [81]", async () => {
  const done = await run(async (ctx) => {
    const items = await ctx.step("list", () => ["a", "bad", "c", "d"]);
    return ctx.map(items, (item, i) =>
      ctx
        .step(
          `item-${i}`,
          () => {
            if (item === "bad") throw new TerminalError(`no ${item}`);
            return item.toUpperCase();
          },
          { retry: { maxAttempts: 1 } },
        )
        .catch((error: Error) => error.message),
    );
  });
  expect(done.output).toEqual(["A", "no bad", "C", "D"]);
});

it("map fails with its first failing item, and the others keep their records [81]", async () => {
  const bodies: string[] = [];
  let broken = true;
  const body = (ctx: DurableContext) =>
    ctx.map(["a", "bad", "c"], (item) =>
      ctx.step(
        item,
        () => {
          bodies.push(item);
          if (item === "bad" && broken) throw new Error("no bad");
          return item;
        },
        { retry: { maxAttempts: 1 } },
      ),
    );
  const failed = await run(body);
  expect(failed).toMatchObject({ status: "failed", failure: { message: "no bad" } });
  broken = false;
  const [letter] = await h.kernel.dispatch({ type: "deadletter.list" });
  await h.kernel.dispatch({ type: "deadletter.replay", id: letter?.id ?? "" });
  await h.drain();
  expect(h.persistence.dump().runs).toMatchObject([{ status: "completed" }]);
  expect(bodies.sort()).toEqual(["a", "bad", "bad", "c"]);
});

it("finished members of all are not run again after a crash in the middle [77]", async () => {
  const bodies = new Map<string, number>();
  const scenario = {
    workflow: (world: VirtualWorld) =>
      defineWorkflow({
        id: "w",
        run: (ctx) =>
          ctx.all(
            Array.from({ length: 10 }, (_, i) =>
              ctx.step(`m${i}`, async () => {
                bodies.set(`m${i}`, (bodies.get(`m${i}`) ?? 0) + 1);
                await world.runtime.after(i * 10);
                return i;
              }),
            ),
          ) as Promise<unknown>,
      }),
  };
  let spared = 0;
  await eachCrashPoint(scenario, async (_point, survivor, runId) => {
    const { output } = await survivor.kernel.query.getRun(runId);
    expect(output).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const { steps } = survivor.persistence.dump();
    expect(new Set(steps.map((step) => step.seq)).size).toBe(10);
    const finished = steps.filter((step) => step.fence === 1).map((step) => step.key);
    expect(finished.map((key) => bodies.get(key))).toEqual(finished.map(() => 1));
    if (finished.length < 10) spared += finished.length;
    bodies.clear();
  });
  expect(spared).toBeGreaterThan(20);
});
