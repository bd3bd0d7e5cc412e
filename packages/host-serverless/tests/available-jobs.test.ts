import { defineWorkflow } from "@pawl/kernel";
import { createMemoryTransport } from "@pawl/transport-memory";
import { createSqlTransport } from "@pawl/transport-sql";
import { expect, it } from "vitest";
import { steps } from "./workflows.ts";
import { createWorld, hastyTransport, type World } from "./world.ts";

const all = (world: World, maxJobs = 100) =>
  world.time.until(world.host.processAvailableJobs({ maxJobs }));

it("takes from the transport, and from the store what that lost [142]", async () => {
  const world = createWorld({ workflows: [steps(1)], options: { concurrency: 3 } });
  for (let n = 0; n < 4; n++) await world.start("steps");
  const lost = await world.jobs();
  expect(lost.length).toBe(4);
  for (let n = 0; n < 4; n++) await world.start("steps");
  expect(await all(world)).toEqual({ processed: 8, succeeded: 8, failed: 0 });
  await world.time.advance(60_000);
  expect(await world.jobs()).toEqual([]);
});

it("takes from the store while the transport is away", async () => {
  const world = createWorld({
    workflows: [steps(1)],
    transport: ({ clock, runtime }) => ({
      ...createMemoryTransport({ clock, runtime }),
      dequeue: () => Promise.reject(new Error("away")),
    }),
  });
  await world.start("steps");
  expect(await all(world)).toEqual({ processed: 1, succeeded: 1, failed: 0 });
});

it("takes at most so many, and counts attempts that failed", async () => {
  const broken = defineWorkflow({
    id: "broken",
    retry: { maxAttempts: 1 },
    run: () => {
      throw new Error("no");
    },
  });
  const world = createWorld({ workflows: [broken], transport: () => createSqlTransport() });
  for (let n = 0; n < 5; n++) await world.start("broken");
  expect(await all(world, 2)).toEqual({ processed: 2, succeeded: 0, failed: 2 });
  expect(await all(world)).toEqual({ processed: 3, succeeded: 0, failed: 3 });
  expect(await all(world)).toEqual({ processed: 0, succeeded: 0, failed: 0 });
});

it("gives back what a store out of reach kept from being looked at", async () => {
  const world = createWorld({ workflows: [steps(1)] });
  await world.start("steps");
  world.fail("claim", "unavailable");
  await expect(all(world)).rejects.toMatchObject({ code: "E_PERSISTENCE_UNAVAILABLE" });
  await world.time.advance(5_000);
  expect((await world.jobs()).length).toBe(1);
});

it("gives back what this process has no code for", async () => {
  const world = createWorld({ workflows: [steps(1)] });
  const other = createWorld({ workflows: [], beside: world });
  await world.start("steps");
  expect(await all(other)).toEqual({ processed: 0, succeeded: 0, failed: 0 });
  await world.time.advance(5_000);
  expect((await world.jobs()).length).toBe(1);
});

it("does not count messages that led to nothing", async () => {
  const world = createWorld({ workflows: [steps(1)] });
  await world.start("steps");
  const job = await world.job();
  const twice = { job, notBefore: 0, priority: 0 };
  await world.jobTransport.enqueue([twice, twice]);
  expect(await all(world)).toEqual({ processed: 1, succeeded: 1, failed: 0 });
  expect(world.host.getStats().jobs).toEqual({ completed: 1, ghost: 1 });
});

it("gives back what is not due yet until it is", async () => {
  const flaky = defineWorkflow({
    id: "flaky",
    retry: { maxAttempts: 2, initialDelay: 30_000, jitter: 0 },
    run: async ({ attempt }) => {
      if (attempt === 1) throw new Error("not yet");
    },
  });
  const world = createWorld({ workflows: [flaky], transport: hastyTransport });
  await world.start("flaky");
  expect(await all(world)).toEqual({ processed: 1, succeeded: 0, failed: 1 });
  expect(await all(world)).toEqual({ processed: 0, succeeded: 0, failed: 0 });
  await world.time.advance(29_000);
  expect(await world.jobs()).toEqual([]);
  await world.time.advance(2_000);
  expect((await world.jobs()).length).toBe(1);
});

it("executes a stage that was lost time and again when nothing else is to be had", async () => {
  const world = createWorld({ workflows: [steps(1)] });
  await world.start("steps");
  for (let loss = 0; loss < 2; loss++) {
    const dead = { type: "worker.register", workerId: "dead", host: "h", pid: 1 } as const;
    const session = await world.kernel.dispatch(dead);
    await world.kernel.dispatch({ type: "job.claim", session, limit: 1 });
    await world.kernel.dispatch({ type: "lease.reapStale", dead: [session.id] });
  }
  expect(world.persistence.dump().stages).toMatchObject([{ suspect: true }]);
  expect(await all(world)).toEqual({ processed: 1, succeeded: 1, failed: 0 });
});
