import { type AnyWorkflow, type DurableContext, defineWorkflow } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { eachCrashPoint } from "../support/crash.ts";
import { Harness } from "../support/harness.ts";
import type { VirtualWorld } from "../support/virtual-world.ts";

/** A step body that takes virtual time. */
let world: VirtualWorld;
const takes = async (ms: number): Promise<void> => world.runtime.after(ms);

const workflow = (run: (ctx: DurableContext) => Promise<unknown>): AnyWorkflow =>
  defineWorkflow({ id: "w", run: (ctx) => run(ctx) });

async function outcome(made: () => AnyWorkflow): Promise<unknown> {
  const h = new Harness([made()]);
  world = h.world;
  const id = await h.start("w");
  await h.drain();
  return (await h.kernel.query.getRun(id)).output;
}

const raceOf =
  (sleepMs: number, stepMs: number) =>
  async (ctx: DurableContext): Promise<unknown> => {
    const first = await ctx.race([
      ctx.sleep("timer", sleepMs).then(() => "timer"),
      ctx.step("slow", async () => {
        await takes(stepMs);
        return "step";
      }),
    ]);
    const second = await ctx.step(`after-${first}`, () => first);
    return [first, second];
  };

describe("REPLAY-1: a race of a sleep and a slow step takes the same branch for ever", () => {
  it.each([
    ["the timer is first", 1_000, 5_000, "timer"],
    ["the step is first", 5_000, 1_000, "step"],
  ])("%s, after a crash at every commit", async (_title, sleepMs, stepMs, winner) => {
    const made = () => workflow(raceOf(sleepMs, stepMs));
    expect(await outcome(made)).toEqual([winner, winner]);
    const points = await eachCrashPoint(
      {
        workflow: (crashing) => {
          world = crashing;
          return made();
        },
      },
      async (_point, survivor, runId) => {
        const run = await survivor.kernel.query.getRun(runId);
        expect(run.status).toBe("completed");
        const [first, second] = run.output as [string, string];
        const { steps } = survivor.persistence.dump();
        expect(second).toBe(first);
        expect(steps.map((step) => step.key)).toContain(`after-${first}`);
        expect(steps.map((step) => step.key)).not.toContain(
          `after-${first === "timer" ? "step" : "timer"}`,
        );
      },
    );
    expect(points).toBeGreaterThan(4);
  });
});

it("settles parallel steps by the order of their records, at first and at replay", async () => {
  const seen: string[][] = [];
  const made = () =>
    workflow(async (ctx) => {
      const order: string[] = [];
      seen.push(order);
      const one = async (key: string, ms: number) => {
        await ctx.step(key, () => takes(ms));
        order.push(key);
      };
      await ctx.all([one("a", 300), one("b", 100), one("c", 200)]);
      await ctx.sleep("pause", "1 day");
      return order;
    });
  expect(await outcome(made)).toEqual(["b", "c", "a"]);
  expect(seen.length).toBe(2);
  expect(seen[1]).toEqual(seen[0]);
});

it("hands the body what a replay will read, not what the step returned", async () => {
  const original = { at: new Date(5), list: [1] };
  const made = () =>
    workflow(async (ctx) => {
      const got = await ctx.step("make", () => original);
      original.list.push(2);
      return [got === original, got.list.length, got.at instanceof Date];
    });
  expect(await outcome(made)).toEqual([false, 1, true]);
});

it("replays page after page of a long memo", async () => {
  let bodies = 0;
  const made = () =>
    workflow(async (ctx) => {
      let sum = 0;
      for (let i = 0; i < 700; i++) {
        sum += await ctx.step("add", () => {
          bodies += 1;
          return i;
        });
      }
      await ctx.sleep("nap", 10);
      return sum;
    });
  expect(await outcome(made)).toBe((700 * 699) / 2);
  expect(bodies).toBe(700);
});

it("gives each occurrence of a key its own record [4]", async () => {
  const made = () =>
    workflow(async (ctx) => {
      const got: number[] = [];
      for (let i = 0; i < 5; i++) got.push(await ctx.step("same", () => i * i));
      await ctx.sleep("nap", 10);
      return got;
    });
  expect(await outcome(made)).toEqual([0, 1, 4, 9, 16]);
});

it("answers now, random and uuid the same at every execution [137]", async () => {
  const seen: unknown[] = [];
  const made = () =>
    workflow(async (ctx) => {
      const values = [ctx.now(), ctx.random(), ctx.random(), ctx.uuid()];
      seen.push(values);
      await ctx.sleep("nap", 1_000);
      return values;
    });
  const output = await outcome(made);
  expect(seen).toEqual([output, output]);
  const [, a, b, uuid] = output as [number, number, number, string];
  expect(a).not.toBe(b);
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
