import { STRAY_GHOSTS, strayMessages } from "@pawl/conformance";
import { defineWorkflow } from "@pawl/kernel";
import type { Job, JobTransport } from "@pawl/kernel/ports";
import type { VirtualTime } from "@pawl/test-parts/virtual-time";
import { createMemoryTransport } from "@pawl/transport-memory";
import { expect, it } from "vitest";
import type { NodeHost } from "../src/index.ts";
import { createGate, createWorld, type Gate, type World } from "./world.ts";

const memoryTransport = ({ clock, runtime }: VirtualTime): JobTransport =>
  createMemoryTransport({ clock, runtime });

function newGated() {
  const gates: Gate[] = [];
  const workflow = defineWorkflow({
    id: "gated",
    async run(ctx) {
      const gate = createGate();
      gates.push(gate);
      await ctx.step("held", () => gate.opened);
      return "done";
    },
  });
  return { workflow, gates };
}

const jobOf = (runId: string, attempt = 1): Job => ({
  v: 1,
  jobId: `${runId}-${attempt}`,
  workflowRunId: runId,
  workflowId: "gated",
  stageId: "main",
  mapIndex: 0,
  generation: 0,
  attempt,
  queue: "default",
});

const send = (world: World, job: unknown): Promise<void> =>
  world.jobTransport.enqueue([{ job: job as Job, notBefore: world.time.clock.now(), priority: 0 }]);

/** A long poll under way ends by time only, and what it brings is given back. */
async function stop(world: World, host: NodeHost): Promise<void> {
  const stopping = host.stop();
  await world.time.advance(1_000);
  await stopping;
}

/** What the transport would still deliver within a minute after the host has gone. */
async function leftOver(world: World): Promise<number> {
  await world.time.advance(60_000);
  const request = { workerId: "test", limit: 100, waitMs: 0 };
  return (await world.jobTransport.dequeue(request)).length;
}

it("a delivered job is claimed, executed and acknowledged right after the claim", async () => {
  const { workflow, gates } = newGated();
  const world = createWorld({ workflows: [workflow], transport: memoryTransport });
  const host = world.host();
  await host.start();
  await world.time.advance(60_000);
  const runId = await world.start("gated");
  await world.time.settle();
  expect(gates).toHaveLength(1);
  await world.time.advance(120_000);
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await world.time.settle();
  expect(await world.statusOf(runId)).toBe("completed");
  await stop(world, host);
  expect(await leftOver(world)).toBe(0);
});

it("several deliveries are claimed in one statement, a double one once", async () => {
  const { workflow, gates } = newGated();
  const world = createWorld({ workflows: [workflow], transport: memoryTransport });
  const ids = await Promise.all([1, 2, 3].map((input) => world.start("gated", input)));
  await send(world, jobOf(String(ids[0])));
  const host = world.host();
  await host.start();
  await world.time.settle();
  expect(gates).toHaveLength(3);
  expect(world.calls.filter((call) => call === "claim")).toHaveLength(1);
  for (const gate of gates) gate.open();
  await world.time.settle();
  await stop(world, host);
  expect(await leftOver(world)).toBe(0);
});

it("messages of strangers are acknowledged, counted, told of once, change nothing", async () => {
  const { workflow, gates } = newGated();
  const world = createWorld({ workflows: [workflow], transport: memoryTransport });
  const runId = await world.start("gated");
  await world.kernel.dispatch({ type: "run.pause", workflowRunId: runId });
  const { runs, stages, events } = world.persistence.dump();
  for (const { text } of strayMessages(jobOf(runId))) await send(world, parsed(text));
  const host = world.host();
  await host.start();
  await world.time.advance(10_000);
  await stop(world, host);
  expect(await leftOver(world)).toBe(0);
  expect(gates).toEqual([]);
  expect(world.persistence.dump()).toMatchObject({ runs, stages, events });
  // The run's own job came too.
  const ghosts = { ...STRAY_GHOSTS, waiting: 1 };
  expect(host.getStats()).toMatchObject({ jobsProcessed: 0, ghosts });
  const told = world.lines.filter(({ message }) => message.startsWith("a message is no job"));
  expect(told.map(({ facts }) => facts.reason).sort()).toEqual(Object.keys(STRAY_GHOSTS).sort());
  const list = { type: "deadletter.list", kind: "message" } as const;
  expect(await world.kernel.dispatch(list)).toHaveLength(5);
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

it("a job whose stage is owned by another is acknowledged: the lease owns recovery", async () => {
  const { workflow, gates } = newGated();
  const world = createWorld({ workflows: [workflow], transport: memoryTransport });
  const other = createWorld({ workflows: [workflow], beside: world });
  const owner = other.host({ workerId: "owner" });
  await owner.start();
  const runId = await other.start("gated");
  await world.time.settle();
  const host = world.host();
  await host.start();
  await send(world, jobOf(runId));
  await world.time.advance(29_000);
  expect(gates).toHaveLength(1);
  expect(world.calls.filter((call) => call === "load")).toHaveLength(1);
  expect(host.getStats().ghosts).toEqual({ owned: 1 });
  gates[0]?.open();
  await world.time.advance(10_000);
  await stop(world, host);
  await stop(world, owner);
  expect(await leftOver(world)).toBe(0);
});

it("what can't be claimed because the database is away is given back", async () => {
  const { workflow, gates } = newGated();
  const world = createWorld({ workflows: [workflow], transport: memoryTransport });
  const host = world.host();
  await host.start();
  await world.time.advance(1_000);
  await world.start("gated");
  world.fail("claim", "unavailable");
  await world.time.advance(2_000);
  world.fail("claim", undefined);
  expect(gates).toHaveLength(0);
  await world.time.advance(15_000);
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await world.time.settle();
  await stop(world, host);
  expect(await leftOver(world)).toBe(0);
});

it("a job that the transport lost costs time only [44]", async () => {
  const { workflow, gates } = newGated();
  const world = createWorld({
    workflows: [workflow],
    transport: ({ clock, runtime }) =>
      createMemoryTransport({ clock, runtime, faults: { random: () => 0.5, lose: 1 } }),
  });
  const host = world.host();
  await host.start();
  await world.start("gated");
  await world.time.advance(10_000);
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await stop(world, host);
});

it.each([1, 10])(
  "a job that was lost is found by %i slots, though others keep coming",
  async (concurrency) => {
    const { workflow, gates } = newGated();
    const world = createWorld({ workflows: [workflow], transport: memoryTransport });
    const other = createWorld({ workflows: [workflow], beside: world });
    const owner = other.host({ workerId: "owner", concurrency: 1 });
    await owner.start();
    const owned = await other.start("gated");
    await world.time.settle();
    const host = world.host({ concurrency });
    await host.start();
    for (let i = 0; i < 10; i++) {
      await send(world, jobOf(owned));
      await world.time.advance(500);
    }
    expect(gates).toHaveLength(1);
    await other.start("gated");
    await world.time.advance(10_000);
    expect(gates).toHaveLength(2);
    for (const gate of gates) gate.open();
    await stop(world, host);
    await stop(world, owner);
  },
);

it("deliveries that arrive while the host stops are given back at once", async () => {
  const { workflow, gates } = newGated();
  const world = createWorld({ workflows: [workflow], transport: memoryTransport });
  const host = world.host();
  await host.start();
  await world.time.advance(60_000);
  await world.start("gated");
  const stopping = host.stop();
  await world.time.advance(1_000);
  await stopping;
  expect(gates).toHaveLength(0);
  const request = { workerId: "test", limit: 1, waitMs: 0 };
  expect(await world.jobTransport.dequeue(request)).toHaveLength(1);
});

it("a stop does not wait for a long poll; what that still brings is given back", async () => {
  const { workflow, gates } = newGated();
  const world = createWorld({ workflows: [workflow], transport: memoryTransport });
  const host = world.host({ jobPollIntervalMs: 20_000 });
  await host.start();
  await world.time.settle();
  const stopped: string[] = [];
  void host.stop().then(() => stopped.push("host"));
  await world.time.settle();
  expect(stopped).toEqual(["host"]);
  await world.start("gated");
  await world.time.settle();
  expect(gates).toHaveLength(0);
  expect(await leftOver(world)).toBe(1);
});

it("a job that comes early waits no longer than it has to, however long the polls", async () => {
  let attempts = 0;
  const flaky = defineWorkflow({
    id: "gated",
    retry: { maxAttempts: 2, initialDelay: 3_000, jitter: 0 },
    run: async () => {
      if (++attempts === 1) throw new Error("not yet");
    },
  });
  const world = createWorld({
    workflows: [flaky],
    transport: (time) => neverDelays(memoryTransport(time)),
  });
  const host = world.host({ jobPollIntervalMs: 20_000 });
  await host.start();
  await world.start("gated");
  await world.time.advance(4_500);
  expect(attempts).toBe(2);
  await stop(world, host);
});

/** As a FIFO queue of SQS: what is due later comes at once. */
const neverDelays = (transport: JobTransport): JobTransport => ({
  ...transport,
  enqueue: (jobs) => transport.enqueue(jobs.map((job) => ({ ...job, notBefore: 0 }))),
});

it("a job that comes before its stage is due comes again when it is [42]", async () => {
  let attempts = 0;
  const flaky = defineWorkflow({
    id: "gated",
    retry: { maxAttempts: 2, initialDelay: 40_000, jitter: 0 },
    run: async () => {
      if (++attempts === 1) throw new Error("not yet");
    },
  });
  const world = createWorld({ workflows: [flaky], transport: memoryTransport });
  const host = world.host();
  await host.start();
  const runId = await world.start("gated");
  await world.time.settle();
  expect(attempts).toBe(1);
  await send(world, jobOf(runId, 2));
  await world.time.advance(39_000);
  expect(attempts).toBe(1);
  expect(world.calls.filter((call) => call === "load")).toHaveLength(1);
  await world.time.advance(1_500);
  expect(attempts).toBe(2);
  expect(await world.statusOf(runId)).toBe("completed");
  await stop(world, host);
  expect(await leftOver(world)).toBe(0);
});

it("a second job for a stage that sleeps for long does not travel until it wakes", async () => {
  const nap = defineWorkflow({ id: "gated", run: (ctx) => ctx.sleep("long", 86_400_000) });
  const world = createWorld({ workflows: [nap], transport: memoryTransport });
  const host = world.host();
  await host.start();
  const runId = await world.start("gated");
  await world.time.settle();
  await send(world, jobOf(runId));
  await world.time.advance(3_600_000);
  expect(world.calls.filter((call) => call === "load").length).toBeLessThan(3);
  await world.time.advance(82_860_000);
  expect(await world.statusOf(runId)).toBe("completed");
  await stop(world, host);
});

it.each([0, 60_000])("what a transport away for %i ms does not bring is claimed", async (ms) => {
  const { workflow, gates } = newGated();
  let isAway = ms === 0;
  const orAway = <T>(call: () => Promise<T>): Promise<T> =>
    isAway ? Promise.reject(new Error("away")) : call();
  const world = createWorld({
    workflows: [workflow],
    transport: (time) => {
      const transport = memoryTransport(time);
      return {
        ...transport,
        enqueue: (jobs) => orAway(() => transport.enqueue(jobs)),
        dequeue: (request) => orAway(() => transport.dequeue(request)),
      };
    },
  });
  const host = world.host({ jobPollIntervalMs: 20_000 });
  await host.start();
  await world.time.advance(ms);
  isAway = true;
  await world.time.advance(ms);
  await world.start("gated");
  await world.time.advance(15_000);
  expect(gates).toHaveLength(1);
  gates[0]?.open();
  await stop(world, host);
});
