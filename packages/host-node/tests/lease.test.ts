import { spawnSync } from "node:child_process";
import { type AnyWorkflow, defineWorkflow } from "@pawl/kernel";
import { expect, it } from "vitest";
import { processPlace } from "../src/dead-processes.ts";
import { createGate, createWorld, type Gate } from "./world.ts";

interface Held {
  readonly workflow: AnyWorkflow;
  /** One for each time that the step's body was entered. */
  readonly gates: Gate[];
  readonly aborts: AbortSignal[];
}

function held(): Held {
  const gates: Gate[] = [];
  const aborts: AbortSignal[] = [];
  const workflow = defineWorkflow({
    id: "held",
    async run(ctx) {
      await ctx.step("held", async ({ abortSignal }) => {
        const gate = createGate();
        gates.push(gate);
        aborts.push(abortSignal);
        await gate.opened;
      });
      return "done";
    },
  });
  return { workflow, gates, aborts };
}

const workersOf = (world: ReturnType<typeof createWorld>) => world.persistence.dump().workers;

it("keeps its lease for as long as it runs [30]", async () => {
  const { workflow, gates } = held();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host();
  await host.start();
  const runId = await world.start("held");
  await world.time.advance(10 * 60_000);
  expect(gates).toHaveLength(1);
  expect(host.getStats().losses).toBe(0);
  gates[0]?.open();
  await world.time.settle();
  expect(await world.statusOf(runId)).toBe("completed");
  expect(world.calls.filter((call) => call === "heartbeat")).toHaveLength(600 / 8);
  await host.stop();
});

it("stops what it runs before anybody may take it over when it can't renew its lease", async () => {
  const { workflow, gates, aborts } = held();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host();
  await host.start();
  await world.start("held");
  await world.time.settle();
  world.fail("heartbeat", "unavailable");
  await world.time.advance(22_900);
  expect(aborts[0]?.aborted).toBe(false);
  await world.time.advance(200);
  expect(aborts[0]?.aborted).toBe(true);
  await world.time.advance(1_500);
  expect(gates).toHaveLength(1);
  await world.time.advance(7_000);
  expect(gates).toHaveLength(2);
  for (const gate of gates) gate.open();
  await host.stop();
});

it("gives its session up when its kernel does, whatever margin that was given", async () => {
  const { workflow } = held();
  const world = createWorld({ workflows: [workflow], limits: { leaseMarginMs: 5_000 } });
  const host = world.host();
  await host.start();
  world.fail("heartbeat", "unavailable");
  await world.time.advance(19_500);
  expect(host.getStats().losses).toBe(0);
  await world.time.advance(2_000);
  expect(host.getStats().losses).toBe(1);
  world.fail("heartbeat", undefined);
  await host.stop();
});

it("registers anew after a loss and runs what it had lost", async () => {
  const { workflow, gates } = held();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host();
  await host.start();
  const runId = await world.start("held");
  await world.time.settle();
  const before = host.getStats().sessionId;
  world.fail("heartbeat", "unavailable");
  await world.time.advance(30_000);
  world.fail("heartbeat", undefined);
  await world.time.advance(10_000);
  const { losses, sessionId } = host.getStats();
  expect(losses).toBe(1);
  expect(sessionId).not.toBe(before);
  expect(workersOf(world).find(({ id }) => id === before)?.status).toBe("gone");
  expect(gates).toHaveLength(2);
  for (const gate of gates) gate.open();
  await world.time.settle();
  expect(await world.statusOf(runId)).toBe("completed");
  await host.stop();
});

it("a worker that was declared gone hears it with its next heartbeat [37]", async () => {
  const { workflow, gates, aborts } = held();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host();
  await host.start();
  const runId = await world.start("held");
  await world.time.settle();
  const other = createWorld({ workflows: [workflow], beside: world });
  const session = { id: String(host.getStats().sessionId), epoch: 1 };
  await other.kernel.dispatch({ type: "worker.deregister", session });
  await world.time.advance(9_000);
  expect(aborts[0]?.aborted).toBe(true);
  expect(host.getStats()).toMatchObject({ losses: 1, isRunning: true });
  await world.time.advance(1_000);
  expect(gates).toHaveLength(2);
  gates[1]?.open();
  await world.time.settle();
  expect(await world.statusOf(runId)).toBe("completed");
  await host.stop();
});

it("a stage that blocks its only worker past the lease is counted, then held", async () => {
  let entered = 0;
  const blocking = defineWorkflow({
    id: "blocking",
    run: (ctx) =>
      ctx.step("block", () => {
        entered += 1;
        world.time.block(24_000);
      }),
  });
  const world = createWorld({ workflows: [blocking] });
  const host = world.host();
  await host.start();
  await world.start("blocking");
  await world.time.advance(10 * 60_000);
  const { stages, attempts } = world.persistence.dump();
  expect(stages).toMatchObject([{ held: true, holdReason: "quarantined", lossesCounted: 3 }]);
  expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(5).fill("lost"));
  expect(entered).toBe(5);
  expect(host.getStats()).toMatchObject({ losses: 5, isRunning: true });
  await host.stop();
});

it("while the database is away the loops go on trying, and find their way back", async () => {
  const { workflow, gates } = held();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host();
  await host.start();
  for (const method of ["heartbeat", "claim", "sweep", "commit", "get", "find"]) {
    world.fail(method, "unavailable");
  }
  await world.time.advance(5 * 60_000);
  for (const method of ["heartbeat", "claim", "sweep", "commit", "get", "find"]) {
    world.fail(method, undefined);
  }
  await world.time.advance(15_000);
  await world.start("held");
  await world.time.advance(1_000);
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await world.time.settle();
  expect(host.getStats()).toMatchObject({ losses: 1, jobsSucceeded: 1 });
  await host.stop();
});

it("a worker that an operator drains takes nothing more and ends its session", async () => {
  const { workflow, gates } = held();
  const world = createWorld({ workflows: [workflow] });
  const host = world.host();
  await host.start();
  await world.start("held");
  await world.time.settle();
  const session = { id: String(host.getStats().sessionId), epoch: 1 };
  await world.kernel.dispatch({ type: "worker.drain", session });
  await world.time.advance(9_000);
  await world.start("held");
  await world.time.advance(1_000);
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await world.time.settle();
  expect(host.getStats()).toMatchObject({ isRunning: false, jobsSucceeded: 1 });
  expect(workersOf(world)).toMatchObject([{ status: "gone" }]);
  await host.stop();
});

it("work of a process that died moves on within five seconds, counted as a loss [37]", async () => {
  const { workflow, gates } = held();
  const world = createWorld({ workflows: [workflow] });
  const died = spawnSync(process.execPath, ["--eval", ""]).pid;
  const register = { type: "worker.register", workerId: "w0", host: processPlace } as const;
  const dead = await world.kernel.dispatch({ ...register, pid: died });
  const alive = await world.kernel.dispatch({ ...register, pid: process.pid });
  const away = await world.kernel.dispatch({ ...register, host: "elsewhere", pid: died });
  await world.start("held");
  await world.kernel.dispatch({ type: "job.claim", session: dead, limit: 1 });
  const host = world.host();
  await host.start();
  await world.time.advance(5_000);
  expect(gates).toHaveLength(1);
  expect(world.persistence.dump().stages).toMatchObject([{ losses: 1, status: "running" }]);
  const statusOf = (id: string) => workersOf(world).find((row) => row.id === id)?.status;
  expect([dead, alive, away].map(({ id }) => statusOf(id))).toEqual(["gone", "active", "active"]);
  gates[0]?.open();
  await host.stop();
});
