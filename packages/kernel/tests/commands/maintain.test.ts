import { CorruptRowError, type MaintenanceBounds } from "@pawl/kernel";
import type { EventSink } from "@pawl/kernel/ports";
import { createMemoryTransport } from "@pawl/transport-memory";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { claim, Fleet, LEASE_MS, register } from "./fleet.ts";
import { echo, fn, nap } from "./workflows.ts";

const HOUR_MS = 3_600_000;
const sink = (): EventSink & { calls: number } => {
  const counted = {
    calls: 0,
    async emit() {
      counted.calls += 1;
    },
  };
  return counted;
};

/** Sleeps past its time limit. */
const limited = fn("limited", (ctx) => ctx.sleep("nap", "1 day"), { runTimeout: "1 hour" });

describe("one round of maintenance", () => {
  it("admits, expires, reaps and flushes, and counts what it did [142]", async () => {
    const h = new Harness([echo, limited], { eventSink: sink() });
    await h.start("limited");
    await h.round();
    await h.start("echo", 1, { startAt: h.world.now + 1 });
    await h.start("echo", 2);
    await claim(h, await register(h));
    await h.world.advance(HOUR_MS);
    expect(await h.kernel.maintain()).toEqual({
      claimed: 1,
      suspendedChecked: 1,
      staleReleased: 1,
      dispatched: 0,
      eventsFlushed: expect.any(Number),
      suspects: 0,
    });
    const { runs } = h.persistence.dump();
    expect(runs.map(({ status }) => status)).toEqual(["failed", "running", "running"]);
    expect(runs.every(({ sinkRev }) => Number(sinkRev) > 0)).toBe(true);
    await h.kernel.maintain();
    expect(await h.kernel.maintain()).toEqual({
      claimed: 0,
      suspendedChecked: 0,
      staleReleased: 0,
      dispatched: 0,
      eventsFlushed: 0,
      suspects: 0,
    });
  });

  it("looks at so many rows of a kind and leaves the rest to the next", async () => {
    const h = new Harness([echo]);
    for (let n = 0; n < 5; n++) await h.start("echo", n, { startAt: h.world.now + 1 });
    await h.world.advance(1_000);
    const claimed = async () => (await h.kernel.maintain({ rowsMax: 2 })).claimed;
    expect([await claimed(), await claimed(), await claimed()]).toEqual([2, 2, 1]);
  });

  it("counts suspects that have waited long, in some queues or all, when asked", async () => {
    const h = new Harness([echo], { leaseTtlMs: LEASE_MS });
    await h.start("echo", 1, { queue: "slow" });
    for (let loss = 0; loss < 2; loss++) {
      await claim(h, await register(h));
      await h.world.advance(LEASE_MS + 1);
      await h.kernel.maintain();
    }
    const count = async (bounds: MaintenanceBounds) => (await h.kernel.maintain(bounds)).suspects;
    expect(await count({ suspects: {} })).toBe(0);
    await h.world.advance(2_001);
    expect(await count({ thorough: true })).toBe(0);
    expect(await count({ suspects: {} })).toBe(1);
    expect(await count({ suspects: { queues: ["fast"] } })).toBe(0);
    expect(await count({ suspects: { queues: ["fast", "slow"] } })).toBe(1);
  });

  it("looks at no more than its bounds, and goes on in the next", async () => {
    const events = sink();
    const h = new Harness([limited], { eventSink: events });
    for (let i = 0; i < 3; i++) await h.start("limited");
    await h.round();
    await h.world.advance(HOUR_MS);
    const bounds = { suspendedChecksMax: 2, outboxFlushMax: 1 };
    expect(await h.kernel.maintain(bounds)).toMatchObject({ suspendedChecked: 2 });
    expect(events.calls).toBe(1);
    expect(await h.kernel.maintain(bounds)).toMatchObject({ suspendedChecked: 1 });
    expect(events.calls).toBe(2);
  });

  it("is not stopped by one row that it can't change: that is logged", async () => {
    const fleet = new Fleet([limited]);
    const h = fleet.process();
    const ids = [await h.start("limited"), await h.start("limited"), await h.start("limited")];
    await h.round();
    await fleet.world.advance(HOUR_MS);
    const corrupt = (run: string | undefined) => run === ids[1];
    const other = fleet.process({
      wrap: (persistence) => ({
        ...persistence,
        load: (runId, need) =>
          corrupt(runId)
            ? Promise.reject(new CorruptRowError("the row is not what the engine wrote"))
            : persistence.load(runId, need),
      }),
    });
    expect(await other.kernel.maintain()).toMatchObject({ suspendedChecked: 2 });
    expect(other.logged).toMatchObject([{ level: "error", facts: { item: { runId: ids[1] } } }]);
  });

  it("by several processes at once does everything once", async () => {
    const fleet = new Fleet([echo, limited]);
    const h = fleet.process();
    for (let i = 0; i < 3; i++) await h.start("limited", i);
    await h.round();
    for (let i = 0; i < 3; i++) await h.start("echo", i, { startAt: h.world.now + 1 });
    await fleet.world.advance(HOUR_MS);
    const rounds = [h, fleet.process(), fleet.process()].map((one) => one.kernel.maintain());
    const done = await fleet.world.until(Promise.all(rounds));
    expect(done.reduce((sum, { claimed }) => sum + claimed, 0)).toBe(3);
    expect(done.reduce((sum, { suspendedChecked }) => sum + suspendedChecked, 0)).toBe(3);
    const { events } = h.persistence.dump();
    const ends = events.filter(({ type }) => type === "run.failed" || type === "run.started");
    expect(ends).toHaveLength(6);
  });
});

describe("where jobs are delivered by a transport", () => {
  const sleeping = async () => {
    const fleet = new Fleet([nap]);
    const { clock, runtime } = fleet.world;
    const jobTransport = createMemoryTransport({ clock, runtime });
    const h = fleet.process({ jobTransport });
    const runId = await h.start("nap");
    await h.round();
    return { h, runId };
  };
  const poll = (h: Harness) => h.kernel.dispatch({ type: "stage.pollSuspended" });
  const stageOf = (h: Harness) => h.persistence.dump().stages[0];

  it("a due sleeper is made ready, not before its instant, and rests no longer", async () => {
    const { h, runId } = await sleeping();
    await h.world.advance(HOUR_MS - 1);
    expect(await poll(h)).toEqual({ checked: 0 });
    await h.world.advance(1);
    expect(await poll(h)).toEqual({ checked: 1 });
    expect(stageOf(h)).toMatchObject({ status: "ready", wakeAt: null });
    expect(await poll(h)).toEqual({ checked: 0 });
    await h.round();
    expect(await h.kernel.query.getRun(runId)).toMatchObject({ output: "rested" });
  });

  it("a due sleeper that is held is left alone until the resume", async () => {
    const { h, runId } = await sleeping();
    await h.kernel.dispatch({ type: "run.pause", workflowRunId: runId });
    await h.world.advance(HOUR_MS);
    expect(await poll(h)).toEqual({ checked: 0 });
    expect(stageOf(h)).toMatchObject({ status: "suspended", held: true });
    await h.kernel.dispatch({ type: "run.resume", workflowRunId: runId });
    expect(await poll(h)).toEqual({ checked: 1 });
  });
});

it("a session that beats through its own round is not reaped by it", async () => {
  const h = new Harness([echo]);
  const session = await register(h);
  for (let i = 0; i < 5; i++) {
    await h.world.advance(LEASE_MS - 1_000);
    await h.kernel.dispatch({ type: "worker.beat", session });
    expect(await h.kernel.maintain()).toMatchObject({ staleReleased: 0 });
  }
  expect((await h.kernel.query.listWorkers()).map(({ id }) => id)).toEqual([session.id]);
});
