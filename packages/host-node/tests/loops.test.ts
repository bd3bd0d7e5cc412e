import { defineWorkflow, PersistenceUnavailableError } from "@pawl/kernel";
import { createVirtualTime } from "@pawl/test-parts/virtual-time";
import { expect, it } from "vitest";
import { createIdSource } from "../src/index.ts";
import { Outage } from "../src/outage.ts";
import { SupervisedLoop } from "../src/supervised-loop.ts";
import { createGate, createWorld } from "./world.ts";

const hello = defineWorkflow({ id: "hello", run: async () => "hello" });

it("an idle worker asks the database for less than one thing a second [C2]", async () => {
  const world = createWorld({ workflows: [hello] });
  const { random } = createIdSource();
  const host = world.host({ random });
  await host.start();
  await world.time.advance(60_000);
  world.calls.length = 0;
  const seconds = 1_200;
  await world.time.advance(seconds * 1_000);
  expect(world.calls.length).toBeGreaterThan(0);
  expect(world.calls.length).toBeLessThanOrEqual(seconds);
  expect(new Set(world.calls)).toEqual(new Set(["claim", "heartbeat", "sweep", "find"]));
  await host.stop();
});

it("a loop that fails does not take the others with it, and comes back", async () => {
  const world = createWorld({ workflows: [hello] });
  const { kernel } = world;
  let broken = true;
  const host = world.host({
    kernel: {
      ...kernel,
      maintain: () => (broken ? Promise.reject(new Error("no")) : kernel.maintain()),
    },
  });
  await host.start();
  await world.time.advance(60_000);
  await world.start("hello");
  await world.time.settle();
  expect(host.getStats()).toMatchObject({ jobsSucceeded: 1, orchestrationTicks: 0, losses: 0 });
  const failures = world.lines.filter(({ facts }) => facts.loop === "maintenance");
  expect(failures.length).toBeGreaterThan(4);
  expect(failures.length).toBeLessThan(16);
  broken = false;
  await world.time.advance(15_000);
  expect(host.getStats().orchestrationTicks).toBeGreaterThan(0);
  await host.stop();
});

it("after an outage it is said once that the store is reachable again", async () => {
  const world = createWorld({ workflows: [hello] });
  const { kernel } = world;
  let away = false;
  const reached = <T>(call: () => Promise<T>): Promise<T> =>
    away ? Promise.reject(new PersistenceUnavailableError("away")) : call();
  const host = world.host({
    kernel: {
      ...kernel,
      maintain: () => reached(() => kernel.maintain()),
      dispatch: ((command: never) => reached(() => kernel.dispatch(command))) as never,
    },
  });
  const said = () => world.lines.filter(({ message }) => message.endsWith("reachable again"));
  await host.start();
  for (const outages of [1, 2]) {
    away = true;
    await world.time.advance(20_000);
    expect(said()).toHaveLength(outages - 1);
    const failed = world.lines.filter(({ facts }) => facts.failures !== undefined);
    expect(new Set(failed.map(({ facts }) => facts.loop)).size).toBeGreaterThan(1);
    away = false;
    await world.time.advance(30_000);
    expect(said()).toHaveLength(outages);
  }
  expect(said()[0]).toMatchObject({ level: "warn", facts: { afterMs: expect.any(Number) } });
  await host.stop();
});

it("a failing loop backs off, keeps a wake-up for afterwards, and starts afresh", async () => {
  const { runtime, clock, advance, settle } = createVirtualTime();
  const at: number[] = [];
  let rounds = 0;
  const logger = { log: () => {} };
  const loop = new SupervisedLoop({
    name: "test",
    runtime,
    random: () => 0.5,
    logger,
    outage: new Outage({ clock, logger }),
    round: async (turn) => {
      at.push(clock.monotonic());
      if (++rounds !== 4) throw new Error("no");
      await turn.wait(1_000);
    },
  });
  loop.start();
  for (let ms = 0; ms < 3_000; ms += 100) {
    await settle();
    if (rounds < 3) loop.wake();
    await advance(100);
  }
  expect(at.slice(0, 6)).toEqual([0, 200, 600, 1_400, 1_400, 1_600]);
  await loop.stop();
});

it("maintenance never runs beside itself", async () => {
  const world = createWorld({ workflows: [hello] });
  const gate = createGate();
  let rounds = 0;
  const host = world.host({
    kernel: {
      ...world.kernel,
      maintain: async () => {
        rounds++;
        await gate.opened;
        return world.kernel.maintain();
      },
    },
  });
  await host.start();
  await world.time.advance(60_000);
  expect(rounds).toBe(1);
  gate.open();
  await world.time.advance(10_000);
  expect(rounds).toBeGreaterThan(1);
  await host.stop();
});

it("warns when the event loop was blocked for more than a third of the lease", async () => {
  const world = createWorld({ workflows: [hello] });
  let blockedMs = 0;
  const { clock } = world.time;
  const host = world.host({
    clock: { now: clock.now, monotonic: () => clock.monotonic() + blockedMs },
  });
  await host.start();
  await world.time.advance(7_000);
  blockedMs = 12_000;
  await world.time.advance(1_000);
  expect(world.lines.map(({ message }) => message)).toContain(
    "a heartbeat is late: the event loop was blocked",
  );
  await host.stop();
});
