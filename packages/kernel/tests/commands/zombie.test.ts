import type { AnyWorkflow, DurableContext } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { begin, claim, Fleet, Gate, LEASE_MS, register } from "./fleet.ts";
import { fn } from "./workflows.ts";

type Body = (ctx: DurableContext, gate: Gate) => Promise<unknown>;

/** What a stage may do first when it comes back to life. */
const ACTS: readonly [string, Body][] = [
  [
    "completes",
    async (ctx, gate) => {
      await ctx.step("wait", () => gate.passed, { durability: "deferred" });
      return "late";
    },
  ],
  [
    "fails",
    async (ctx, gate) => {
      await ctx.step("wait", () => gate.passed, { durability: "deferred" });
      throw new Error("late");
    },
  ],
  ["records a step", (ctx, gate) => ctx.step("wait", () => gate.passed)],
  [
    "records a step's failure",
    (ctx, gate) => ctx.step("wait", () => gate.passed.then(() => Promise.reject(new Error("no")))),
  ],
  [
    "sleeps",
    async (ctx, gate) => {
      await ctx.step("wait", () => gate.passed, { durability: "deferred" });
      await ctx.sleep("nap", "1 day");
    },
  ],
  [
    "enters a step that runs at most once",
    async (ctx, gate) => {
      await ctx.step("wait", () => gate.passed, { durability: "deferred" });
      await ctx.step("once", () => 1, { mode: "atMostOnce" });
    },
  ],
  [
    "shows progress",
    async (ctx, gate) => {
      await ctx.step("wait", () => gate.passed, { durability: "deferred" });
      ctx.progress("late");
      await ctx.step("never", () => new Promise(() => {}));
    },
  ],
];

/** A worker that does not notice that its lease is over, and an owner after it. */
async function zombie(body: Body, overtaken: "claimed" | "ready" | "ended") {
  const gate = new Gate();
  let first = true;
  const workflow: AnyWorkflow = fn("w", (ctx) => {
    if (!first) return overtaken === "ended" ? Promise.resolve("new") : new Promise(() => {});
    first = false;
    return body(ctx, gate);
  });
  const fleet = new Fleet([workflow]);
  const start = fleet.world.now;
  const clock = { now: () => start, monotonic: () => start };
  const old = fleet.process({ clock });
  const runId = await old.start("w");
  const { ends } = await begin(old, await register(old));
  await fleet.world.advance(LEASE_MS);
  const h = fleet.process();
  await h.kernel.dispatch({ type: "lease.reapStale" });
  if (overtaken === "claimed") await claim(h, await register(h));
  if (overtaken === "ended") await h.drain();
  return { fleet, h, runId, gate, ends };
}

describe.each(["claimed", "ready", "ended"] as const)(
  "with its stage %s by now, a zombie",
  (overtaken) => {
    it.each(ACTS)("that %s writes nothing [31] [I10]", async (_title, body) => {
      const { fleet, h, gate, ends } = await zombie(body, overtaken);
      const before = h.persistence.dump();
      gate.open();
      expect(await fleet.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
      expect(h.persistence.dump()).toEqual(before);
    });
  },
);

it("the new owner is not disturbed by the zombie [31]", async () => {
  const { fleet, h, runId, gate, ends } = await zombie(ACTS[0]![1], "ended");
  gate.open();
  await fleet.world.until(ends);
  expect(await h.kernel.query.getRun(runId)).toMatchObject({ status: "completed", output: "new" });
});

describe("a worker whose own deadline has passed", () => {
  it("writes nothing more though nobody has taken its stage [I12]", async () => {
    const gate = new Gate();
    const fleet = new Fleet([fn("w", (ctx) => ctx.step("wait", () => gate.passed))]);
    const h = fleet.process();
    await h.start("w");
    const { ends } = await begin(h, await register(h));
    await fleet.world.advance(LEASE_MS - 1);
    const before = h.persistence.dump();
    gate.open();
    expect(await fleet.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
    expect(h.persistence.dump()).toEqual(before);
  });

  it("begins no step, nor another attempt of one, before its host has told it [I12]", async () => {
    const [early, late] = [new Gate(), new Gate()];
    const entered: string[] = [];
    const retry = { initialDelay: "4 seconds", jitter: 0 };
    const fleet = new Fleet([
      fn("again", async (ctx) => {
        await early.passed;
        return ctx.step("again", () => Promise.reject(entered.push("again")), { retry });
      }),
      fn("late", async (ctx) => {
        await late.passed;
        return ctx.step("late", () => entered.push("late"));
      }),
    ]);
    const h = fleet.process();
    for (const workflow of ["again", "late"]) await h.start(workflow);
    const { ends } = await begin(h, await register(h));
    await fleet.world.advance(LEASE_MS - 3_000);
    early.open();
    await fleet.world.advance(3_000);
    late.open();
    await fleet.world.advance(2_000);
    expect(entered).toEqual(["again"]);
    expect(await fleet.world.until(ends)).toMatchObject([{ outcome: "busy" }, { outcome: "busy" }]);
  });

  it("is told so by its host, before the database may hand on [I12]", async () => {
    let signal: AbortSignal | undefined;
    const waits = fn("w", (ctx) => {
      signal = ctx.abortSignal as AbortSignal;
      return ctx.step("wait", () => new Promise(() => {}));
    });
    const fleet = new Fleet([waits]);
    const h = fleet.process();
    await h.start("w");
    const { ends } = await begin(h, await register(h));
    await fleet.world.advance(LEASE_MS - 3_000);
    h.kernel.expireSessions();
    expect(signal?.aborted).toBe(false);
    await fleet.world.advance(2_000);
    h.kernel.expireSessions();
    expect(signal?.aborted).toBe(true);
    expect(await fleet.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
    expect(await h.kernel.dispatch({ type: "lease.reapStale" })).toMatchObject({ stages: 0 });
  });
});

it("renewals are absolute: after an hour of them the lease is one lease long [30]", async () => {
  const fleet = new Fleet([fn("w", async () => 1)]);
  const h = fleet.process();
  const session = await register(h);
  const expiresAt = () => h.persistence.dump().workers[0]!.expiresAt;
  for (let i = 0; i < 450; i++) {
    await fleet.world.advance(8_000);
    await h.kernel.dispatch({ type: "worker.beat", session });
    expect(expiresAt() - fleet.world.now).toBe(LEASE_MS);
  }
  await fleet.world.advance(LEASE_MS);
  expect(await h.kernel.dispatch({ type: "lease.reapStale" })).toMatchObject({ sessions: 1 });
});

it("a step's body is told the fence, higher for whoever took the stage over [31]", async () => {
  const gate = new Gate();
  const told: { readonly key: string; readonly fence: number }[] = [];
  const fleet = new Fleet([
    fn("w", (ctx) =>
      ctx.step("effect", ({ idempotencyKey, fence }) => {
        told.push({ key: idempotencyKey, fence });
        return told.length === 1 ? gate.passed : undefined;
      }),
    ),
  ]);
  const [first, second] = [fleet.process(), fleet.process()];
  await first.start("w");
  await begin(first, await register(first));
  await fleet.world.advance(LEASE_MS + 1);
  await second.kernel.maintain();
  await begin(second, await register(second));
  await fleet.world.settle();
  expect(told).toHaveLength(2);
  expect(told[1]?.key).toBe(told[0]?.key);
  expect(told[1]?.fence).toBeGreaterThan(Number(told[0]?.fence));
});
