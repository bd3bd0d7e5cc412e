import { EngineError } from "@pawl/kernel";
import type { BoundPersistence, DispatchAck, Persistence } from "@pawl/kernel/ports";
import { beforeEach, describe, expect, it } from "vitest";
import { type Dispatching, dispatching } from "./broker.ts";
import { claim, Fleet, register } from "./fleet.ts";
import { echo, fan, nap } from "./workflows.ts";

const HOUR_MS = 3_600_000;
const relay = { type: "dispatch.relay" } as const;

let one: Dispatching;
let acks: (readonly DispatchAck[])[];
const counting = (persistence: Persistence): Persistence => ({
  ...persistence,
  ackDispatch: (keys) => {
    acks.push(keys);
    return persistence.ackDispatch(keys);
  },
});
beforeEach(() => {
  acks = [];
  one = dispatching(new Fleet([echo, nap, fan(3)]), { wrap: counting });
});

const runs = (count: number) =>
  Promise.all(Array.from({ length: count }, () => one.h.start("echo")));

describe("after its commit a job", () => {
  it("is handed over at once and its row is gone", async () => {
    const runId = await one.h.start("echo", 1, { queue: "mail", priority: 3 });
    await one.h.kernel.handedOver();
    expect(one.broker.jobs).toMatchObject([
      {
        notBefore: one.h.world.now,
        priority: 3,
        job: {
          v: 1,
          workflowRunId: runId,
          workflowId: "echo",
          stageId: "main",
          mapIndex: 0,
          generation: 0,
          attempt: 1,
          queue: "mail",
        },
      },
    ]);
    expect(one.rows()).toEqual([]);
  });

  it("goes with all others of its turn, and so do the acknowledgements", async () => {
    await runs(40);
    await one.h.kernel.handedOver();
    expect(one.broker.jobs).toHaveLength(40);
    expect(one.broker.calls).toBeLessThanOrEqual(2);
    expect(acks.length).toBeLessThanOrEqual(2);
    expect(one.rows()).toEqual([]);
  });

  it("leaves the row of a later dispatch alone, however late it is acknowledged", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const wrap = (persistence: Persistence): Persistence => ({
      ...persistence,
      ackDispatch: async (keys) => {
        await held;
        await persistence.ackDispatch(keys);
      },
    });
    one = dispatching(one.fleet, { wrap, capabilities: { maxDelayMs: HOUR_MS / 2 } });
    await one.h.start("nap");
    await one.h.world.advance(1);
    await one.h.round();
    const later = one.rows();
    expect(later).toMatchObject([{ attempt: 1, notBefore: one.h.world.now + HOUR_MS }]);
    release();
    await one.h.kernel.handedOver();
    expect(one.rows()).toEqual(later);
  });

  it("is due by the clock of its process, whatever the database's says", async () => {
    const { world } = one.h;
    const clock = { ...world.clock, now: () => world.now - HOUR_MS };
    one = dispatching(one.fleet, { clock });
    await one.h.start("nap");
    await one.h.round();
    one.broker.goDown();
    await one.h.start("echo");
    await one.h.kernel.handedOver();
    one.broker.comeBack();
    await world.advance(2_000);
    await one.h.kernel.dispatch(relay);
    const instants = one.broker.jobs.map(({ notBefore }) => notBefore - clock.now());
    expect(instants).toEqual([-2_000, HOUR_MS - 2_000, -2_000]);
  });

  it("stays in the database while the broker is down, and the commit stands", async () => {
    one.broker.goDown();
    const [runId = ""] = await runs(3);
    await one.h.kernel.handedOver();
    expect((await one.h.kernel.query.getRun(runId)).status).toBe("running");
    expect(one.rows()).toHaveLength(3);
    const warnings = one.h.logged.filter(({ level }) => level === "warn");
    expect(warnings).toMatchObject([{ message: expect.stringContaining("relay") }]);
  });

  it("is not waited for longer than a while by a broker that never answers", async () => {
    const { transport } = one.broker;
    Object.assign(transport, { enqueue: () => new Promise(() => {}) });
    await one.h.start("echo");
    await one.h.world.until(one.h.kernel.handedOver());
    expect(one.rows()).toHaveLength(1);
  });

  it("carries an id of its own each time it is dispatched, without a colon", async () => {
    await one.h.start("nap");
    await one.h.round();
    await one.h.kernel.handedOver();
    const ids = one.broker.jobs.map(({ job }) => job.jobId);
    expect(new Set(ids).size).toBe(2);
    expect(ids.join("")).not.toContain(":");
  });

  it("is handed over although its row can't be acknowledged", async () => {
    one = dispatching(one.fleet, {
      wrap: (persistence) => ({
        ...persistence,
        ackDispatch: async () => Promise.reject(new Error("away")),
      }),
    });
    await one.h.start("echo");
    await one.h.kernel.handedOver();
    expect(one.broker.jobs).toHaveLength(1);
    expect(one.rows()).toHaveLength(1);
  });
});

describe("the relay", () => {
  it("sends what was not handed over for two seconds, and nothing before", async () => {
    one.broker.goDown();
    await runs(3);
    await one.h.kernel.handedOver();
    one.broker.comeBack();
    await one.h.world.advance(1_999);
    expect(await one.h.kernel.dispatch(relay)).toEqual({ sent: 0, failed: 0, redispatched: 0 });
    await one.h.world.advance(1);
    expect(await one.h.kernel.dispatch(relay)).toEqual({ sent: 3, failed: 0, redispatched: 0 });
    await one.h.kernel.handedOver();
    expect(one.broker.jobs).toHaveLength(3);
    expect(one.rows()).toEqual([]);
  });

  it("is a part of maintenance, which goes on when it fails", async () => {
    one.broker.goDown();
    await runs(2);
    await one.h.world.advance(2_000);
    expect(await one.h.kernel.maintain()).toMatchObject({ dispatched: 0 });
    one.broker.comeBack();
    await one.h.world.advance(10_000);
    expect(await one.h.kernel.maintain()).toMatchObject({ dispatched: 2 });
  });

  it("sends in a round of maintenance no more than it may look at", async () => {
    one.broker.goDown();
    await runs(5);
    await one.h.kernel.handedOver();
    one.broker.comeBack();
    await one.h.world.advance(2_000);
    expect(await one.h.kernel.maintain({ rowsMax: 2 })).toMatchObject({ dispatched: 2 });
    expect(one.broker.jobs).toHaveLength(2);
  });

  it("tries less and less often, not all at one time, while the broker is down", async () => {
    one.broker.goDown();
    await Promise.all(Array.from({ length: 10 }, () => one.h.start("nap")));
    await one.h.round();
    const waits = async () => {
      await one.h.kernel.dispatch(relay);
      return one.rows().map(({ visibleAt }) => visibleAt - one.h.world.now);
    };
    await one.h.world.advance(2_000);
    const first = await waits();
    expect(new Set(first).size).toBeGreaterThan(5);
    expect(first.every((ms) => ms >= 2_000 && ms <= 4_000)).toBe(true);
    for (let i = 0; i < 12; i++) {
      await one.h.world.advance(600_000);
      await waits();
    }
    await one.h.world.advance(600_000);
    const last = await waits();
    expect(last.every((ms) => ms >= 300_000 && ms <= 600_000)).toBe(true);
  });

  it("takes no more than its bound", async () => {
    one.broker.goDown();
    await runs(5);
    one.broker.comeBack();
    await one.h.world.advance(2_000);
    expect(await one.h.kernel.dispatch({ ...relay, limit: 2 })).toMatchObject({ sent: 2 });
    await one.h.kernel.handedOver();
    expect(one.rows()).toHaveLength(3);
  });

  it("one job that the broker will not take keeps no other back", async () => {
    one.broker.refuses = (jobs) =>
      jobs.some(({ job }) => job.queue === "odd")
        ? new EngineError("E_ARGUMENT_INVALID", "too large")
        : undefined;
    await Promise.all([runs(3), one.h.start("echo", 1, { queue: "odd" }), runs(2)]);
    await one.h.kernel.handedOver();
    expect(one.broker.jobs).toHaveLength(5);
    expect(one.rows()).toMatchObject([{ queue: "odd" }]);
    await one.h.world.advance(2_000);
    expect(await one.h.kernel.dispatch(relay)).toMatchObject({ sent: 0, failed: 1 });
  });

  it("leaves longer delays than the transport's in the database until they are near", async () => {
    const fleet = one.fleet;
    one = dispatching(fleet, { capabilities: { maxDelayMs: 900_000 } });
    await one.h.start("nap");
    await one.h.kernel.handedOver();
    await one.h.round();
    await one.h.kernel.handedOver();
    expect(one.broker.jobs).toHaveLength(1);
    await one.h.world.advance(HOUR_MS - 900_001);
    expect(await one.h.kernel.dispatch(relay)).toMatchObject({ sent: 0 });
    await one.h.world.advance(1);
    expect(await one.h.kernel.dispatch(relay)).toMatchObject({ sent: 1 });
    expect(one.broker.jobs.at(-1)?.notBefore).toBe(one.h.world.now + 900_000);
  });

  it("puts off what it took too early, as after a resume", async () => {
    one = dispatching(one.fleet, { capabilities: { maxDelayMs: 900_000 } });
    const workflowRunId = await one.h.start("nap");
    await one.h.round();
    await one.h.kernel.dispatch({ type: "run.pause", workflowRunId });
    await one.h.kernel.dispatch({ type: "run.resume", workflowRunId });
    await one.h.world.advance(2_000);
    expect(await one.h.kernel.dispatch(relay)).toMatchObject({ sent: 0, failed: 0 });
    const [row] = one.rows();
    expect(row?.visibleAt).toBe(Number(row?.notBefore) - 900_000);
  });

  it("has nothing to ask for on a colocated transport", async () => {
    const calls: string[] = [];
    const h = one.fleet.process({ faults: ({ method }) => void calls.push(method) });
    expect(await h.kernel.dispatch(relay)).toEqual({ sent: 0, failed: 0, redispatched: 0 });
    expect(calls).toEqual([]);
  });
});

describe("a job that was lost on its way [44]", () => {
  /** Instants, in seconds after its start, at which it was dispatched again. */
  async function redispatches(untilS: number): Promise<readonly number[]> {
    const begun = one.h.world.now;
    const seconds: number[] = [];
    for (let s = 0; s < untilS; s += 5) {
      await one.h.world.advance(5_000);
      const { redispatched } = await one.h.kernel.dispatch(relay);
      await one.h.kernel.handedOver();
      if (redispatched > 0) seconds.push((one.h.world.now - begun) / 1_000);
    }
    return seconds;
  }

  it("is dispatched again after 30 s, then twice as late, at most 10 minutes", async () => {
    await one.h.start("echo");
    expect(await redispatches(3_000)).toEqual([30, 90, 210, 450, 930, 1530, 2130, 2730]);
    expect(one.broker.jobs).toHaveLength(9);
    expect(new Set(one.broker.jobs.map(({ job }) => job.jobId)).size).toBe(9);
    expect(one.rows()).toEqual([]);
  });

  it("is dispatched again as soon as limits.redispatchMs says", async () => {
    one = dispatching(one.fleet, { limits: { redispatchMs: 5_000 } });
    await one.h.start("echo");
    expect(await redispatches(200)).toEqual([5, 15, 35, 75, 155]);
  });

  it("counts from when it may be claimed, not from when it was promised", async () => {
    await one.h.start("fan");
    const session = await register(one.h);
    await claim(one.h, session);
    await one.h.world.advance(300_000);
    await one.h.kernel.dispatch({ type: "worker.deregister", session });
    expect(await redispatches(100)).toEqual([30, 90]);
  });

  it("is found at once when no dispatch of it is known, as after a migration", async () => {
    await one.fleet.process().start("echo");
    expect(await redispatches(20)).toEqual([5]);
  });

  it("is not dispatched again while it is held, owned, or over", async () => {
    const [held = "", , ended = ""] = await runs(3);
    const pause = { type: "run.pause", workflowRunId: held } as const;
    await one.h.kernel.dispatch(pause);
    await one.h.kernel.dispatch({ type: "run.cancel", workflowRunId: ended });
    await claim(one.h, await register(one.h, { leaseTtlMs: HOUR_MS }));
    expect(await redispatches(60)).toEqual([]);
  });

  it("hides no other that waits behind it, page by page", async () => {
    await runs(7);
    await one.h.world.advance(30_000);
    const page = { ...relay, limit: 3 };
    const counts: number[] = [];
    for (let i = 0; i < 4; i++) {
      counts.push((await one.h.kernel.dispatch(page)).redispatched);
    }
    expect(counts).toEqual([3, 3, 1, 0]);
  });
});

const bindable = (persistence: Persistence): Persistence => ({
  ...persistence,
  bind: (): BoundPersistence => persistence,
});

describe("a start in a transaction of the caller's", () => {
  it("is handed over by afterCommit, not before", async () => {
    one = dispatching(one.fleet, { wrap: bindable });
    const bound = one.h.kernel.bind({});
    await bound.dispatch({ type: "run.create", workflowId: "echo" });
    await one.h.kernel.handedOver();
    expect(one.broker.jobs).toEqual([]);
    expect(one.rows()).toHaveLength(1);
    await bound.afterCommit();
    expect(one.broker.jobs).toHaveLength(1);
    expect(one.rows()).toEqual([]);
    await bound.afterCommit();
    expect(one.broker.jobs).toHaveLength(1);
  });

  it("is handed over by the relay when nobody said that it was committed", async () => {
    one = dispatching(one.fleet, { wrap: bindable });
    await one.h.kernel.bind({}).dispatch({ type: "run.create", workflowId: "echo" });
    await one.h.world.advance(2_000);
    expect(await one.h.kernel.dispatch(relay)).toMatchObject({ sent: 1 });
  });
});
