import { describe, expect, it } from "vitest";
import type { Harness, HarnessOptions } from "../support/harness.ts";
import { begin, claim, Fleet, Gate, LEASE_MS, register } from "./fleet.ts";
import { echo, fn } from "./workflows.ts";

const HOUR_MS = 3_600_000;
const SKEWS = [10 * 60_000, -10 * 60_000];

/** A process whose clock is wrong by so much; time passes in it as everywhere. */
const wrongBy = (fleet: Fleet, skewMs: number): HarnessOptions => ({
  clock: { now: () => fleet.world.now + skewMs, monotonic: () => fleet.world.now },
});

const reap = (h: Harness) => h.kernel.dispatch({ type: "lease.reapStale" });

describe.each(SKEWS)("a worker whose clock is wrong by %i ms [113]", (skewMs) => {
  it("takes nobody's stage before its lease has ended, and then takes it", async () => {
    const fleet = new Fleet([echo]);
    const [owner, wrong] = [fleet.process(), fleet.process(wrongBy(fleet, skewMs))];
    await owner.start("echo");
    await claim(owner, await register(owner));
    await fleet.world.advance(LEASE_MS - 1);
    expect(await reap(wrong)).toEqual({ sessions: 0, stages: 0 });
    expect(await claim(wrong, await register(wrong))).toEqual([]);
    await fleet.world.advance(1);
    expect(await reap(wrong)).toEqual({ sessions: 1, stages: 1 });
  });

  it("keeps its own lease, and works under it to its end", async () => {
    const gate = new Gate();
    const fleet = new Fleet([fn("w", (ctx) => ctx.step("wait", () => gate.passed))]);
    const wrong = fleet.process(wrongBy(fleet, skewMs));
    const runId = await wrong.start("w");
    const { ends } = await begin(wrong, await register(wrong));
    await fleet.world.advance(LEASE_MS / 2);
    wrong.kernel.expireSessions();
    expect(await reap(fleet.process())).toEqual({ sessions: 0, stages: 0 });
    gate.open();
    expect(await fleet.world.until(ends)).toMatchObject([{ outcome: "completed" }]);
    expect((await wrong.kernel.query.getRun(runId)).status).toBe("completed");
  });

  it("sleeps an hour of the database, and the timer fires once", async () => {
    let woken = 0;
    const sleeper = fn("sleeper", async (ctx) => {
      await ctx.sleep("hour", "1 hour");
      return ctx.step("woken", () => ++woken);
    });
    const fleet = new Fleet([sleeper]);
    const wrong = fleet.process(wrongBy(fleet, skewMs));
    const others = [fleet.process(), fleet.process(wrongBy(fleet, -skewMs))];
    const begun = fleet.world.now;
    const runId = await wrong.start("sleeper");
    await wrong.round();
    expect(wrong.persistence.dump().stages).toMatchObject([{ wakeAt: begun + HOUR_MS }]);
    await fleet.world.advance(HOUR_MS - 1);
    for (const h of [wrong, ...others]) {
      await h.kernel.maintain({ thorough: true });
      expect(await h.round()).toEqual([]);
    }
    await fleet.world.advance(1);
    const rounds = await Promise.all([wrong, ...others].map((h) => h.round()));
    expect(rounds.flat()).toMatchObject([{ outcome: "completed" }]);
    expect(woken).toBe(1);
    expect((await wrong.kernel.query.getRun(runId)).output).toBe(1);
    expect(wrong.persistence.dump().waits).toMatchObject([{ key: "hour", outcome: "fired" }]);
  });

  it("admits a run at its start time and tries again at its delay, by the database", async () => {
    const flaky = fn("flaky", async () => Promise.reject(new Error("no")), {
      retry: { maxAttempts: 2, initialDelay: "1 hour", maxDelay: "1 hour", jitter: 0 },
    });
    const fleet = new Fleet([flaky]);
    const wrong = fleet.process(wrongBy(fleet, skewMs));
    await wrong.start("flaky", undefined, { startAt: fleet.world.now + HOUR_MS });
    for (const outcome of ["failed", "failed"]) {
      await fleet.world.advance(HOUR_MS - 1);
      await wrong.kernel.maintain();
      expect(await wrong.round()).toEqual([]);
      await fleet.world.advance(1);
      await wrong.kernel.maintain();
      expect(await wrong.round()).toMatchObject([{ outcome }]);
    }
  });
});
