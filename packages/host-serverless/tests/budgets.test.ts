import type { JobTransport } from "@pawl/kernel/ports";
import { createMemoryTransport } from "@pawl/transport-memory";
import { describe, expect, it } from "vitest";
import { keysOf, steps } from "./workflows.ts";
import { createGate, createWorld, type World } from "./world.ts";

/** What is left of an invocation that ends so many milliseconds from now. */
function endsIn({ time }: World, ms: number): () => number {
  const until = time.clock.monotonic() + ms;
  return () => until - time.clock.monotonic();
}

describe("the time of an invocation [142]", () => {
  it("is kept: a run of many steps crosses several, each step done once", async () => {
    const ran: string[] = [];
    const world: World = createWorld({
      workflows: [
        steps(40, async (key) => {
          ran.push(key);
          await world.time.runtime.after(1_000);
        }),
      ],
    });
    const runId = await world.start("steps");
    const outcomes: string[] = [];
    for (let calls = 0; calls < 20 && outcomes.at(-1) !== "completed"; calls++) {
      const remainingMs = endsIn(world, 15_000);
      const handling = world.host.handleJob(await world.job(), { remainingMs });
      outcomes.push((await world.time.until(handling)).outcome);
      expect(remainingMs()).toBeGreaterThan(2_000);
    }
    expect(outcomes).toEqual(["suspended", "suspended", "suspended", "completed"]);
    expect(ran.toSorted()).toEqual(keysOf(40));
    expect(world.recorded(runId)).toEqual(keysOf(40));
    expect(world.host.getStats().sessionsOpened).toBe(1);
    expect(world.time.pending()).toBe(0);
  });

  it("ends a step that does not end in time by its abort signal; it runs again", async () => {
    let tries = 0;
    const aborted = createGate();
    const world = createWorld({
      workflows: [
        steps(1, async () => {
          tries += 1;
          if (tries === 1) await new Promise(() => {});
          aborted.open();
        }),
      ],
    });
    const runId = await world.start("steps");
    const remainingMs = endsIn(world, 60_000);
    const handling = world.host.handleJob(await world.job(), { remainingMs });
    expect(await world.time.until(handling)).toMatchObject({ outcome: "suspended" });
    expect(remainingMs()).toBe(2_000);
    expect(world.lines.map(({ message }) => message)).toContain("a stage is given back");
    expect(world.recorded(runId)).toEqual([]);
    await world.time.advance(1_000);
    const again = world.host.handleJob(await world.job(), { remainingMs: endsIn(world, 60_000) });
    expect(await world.time.until(again)).toMatchObject({ outcome: "completed" });
    expect(world.recorded(runId)).toEqual(["s1"]);
  });

  it("is not spent on a queue that does not answer: what it was to take goes later", async () => {
    const broker = createGate();
    const transport = ({ clock, runtime }: World["time"]): JobTransport => {
      const memory = createMemoryTransport({ clock, runtime });
      return { ...memory, enqueue: (jobs) => broker.opened.then(() => memory.enqueue(jobs)) };
    };
    const world = createWorld({ workflows: [steps(1)], transport });
    const remainingMs = endsIn(world, 3_000);
    const start = () => world.kernel.dispatch({ type: "run.create", workflowId: "steps" });
    await world.time.until(world.host.during({ remainingMs }, start));
    expect(remainingMs()).toBe(1_500);
    await world.time.advance(5_000);
    broker.open();
    const tick = await world.time.until(world.host.runMaintenanceTick());
    expect(tick).toMatchObject({ dispatched: 1 });
  });

  it("that is nearly over begins nothing", async () => {
    const world = createWorld({ workflows: [steps(1)] });
    await world.start("steps");
    const before = world.calls.length;
    const call = { remainingMs: () => 0 };
    expect(await world.host.handleJob(await world.job(), call)).toMatchObject({
      outcome: "deferred",
    });
    expect(await world.host.processAvailableJobs({ maxJobs: 1, ...call })).toMatchObject({
      processed: 0,
    });
    expect(await world.host.runMaintenanceTick(call)).toMatchObject({ claimed: 0 });
    expect(world.calls.length).toBe(before);
  });
});

describe("the queries of an invocation", () => {
  it("are kept within: a run of many steps crosses several, each step done once", async () => {
    const ran: string[] = [];
    const options = { maxQueries: 100, queriesKept: 20 };
    const world = createWorld({ workflows: [steps(200, (key) => ran.push(key))], options });
    const runId = await world.start("steps");
    let calls = 0;
    for (let outcome = ""; outcome !== "completed" && calls < 20; calls++) {
      const before = world.queries.used;
      ({ outcome } = await world.time.until(world.host.handleJob(await world.job())));
      expect(world.queries.used - before).toBeLessThanOrEqual(100);
    }
    expect(calls).toBe(3);
    expect(ran.length).toBe(200);
    expect(world.recorded(runId)).toEqual(keysOf(200));
  });

  it("are shared by all jobs of one invocation", async () => {
    const options = { maxQueries: 40, queriesKept: 20 };
    const world = createWorld({ workflows: [steps(10)], options });
    for (let n = 0; n < 5; n++) await world.start("steps");
    const before = world.queries.used;
    const outcomes = await world.time.until(
      world.host.during({}, async (invocation) => {
        const done = [];
        for (const job of await world.jobs()) done.push((await invocation.handleJob(job)).outcome);
        return done;
      }),
    );
    expect(outcomes).toContain("completed");
    expect(outcomes.slice(-3)).toEqual(["deferred", "deferred", "deferred"]);
    expect(world.queries.used - before).toBeLessThanOrEqual(40);
  });

  it("bound a round of maintenance", async () => {
    const options = { maxQueries: 100, queriesKept: 20 };
    const world = createWorld({ workflows: [steps(1)], options });
    const at = world.time.clock.now() + 1_000;
    for (let n = 0; n < 120; n++) {
      const later = { type: "run.create", workflowId: "steps", startAt: at } as const;
      await world.kernel.dispatch(later);
    }
    await world.time.advance(2_000);
    for (let claimed = 0; claimed < 120; ) {
      const before = world.queries.used;
      const tick = await world.time.until(world.host.runMaintenanceTick());
      expect(tick.claimed).toBeGreaterThan(0);
      expect(world.queries.used - before).toBeLessThanOrEqual(100);
      claimed += tick.claimed;
    }
    expect((await world.jobs()).length).toBe(120);
  });
});
