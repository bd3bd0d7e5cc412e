import { defineWorkflow } from "@pawl/kernel";
import type { Job, JobTransport } from "@pawl/kernel/ports";
import type { VirtualTime } from "@pawl/test-parts/virtual-time";
import { createMemoryTransport } from "@pawl/transport-memory";
import { createSqlTransport } from "@pawl/transport-sql";
import { expect, it } from "vitest";
import { createNodeHost, type NodeHost } from "../src/index.ts";
import { createWorld, type World } from "./world.ts";

const quick = defineWorkflow({ id: "quick", run: (ctx) => ctx.step("s", () => 1) });
const memoryTransport = ({ clock, runtime }: VirtualTime): JobTransport =>
  createMemoryTransport({ clock, runtime });

async function stop(world: World, host: NodeHost): Promise<void> {
  const stopping = host.stop();
  await world.time.advance(60_000);
  await stopping;
}

/** Jobs that a transport would still deliver now. */
const waiting = async (transport: JobTransport): Promise<number> =>
  (await transport.dequeue({ workerId: "test", limit: 100, waitMs: 0 })).length;

/** Two processes on one database: the old one's transport, and the new one's. */
function migration() {
  const old = createWorld({ workflows: [quick], transport: memoryTransport });
  const next = createWorld({ workflows: [quick], transport: memoryTransport, beside: old });
  return { old, next };
}

const ended = async (world: World, ids: readonly string[]): Promise<boolean> => {
  const statuses = await Promise.all(ids.map((id) => world.statusOf(id)));
  return statuses.every((status) => status === "completed");
};

it("a host takes jobs from several transports, with one slot too", async () => {
  const { old, next } = migration();
  const host = next.host({
    jobTransport: undefined as never,
    transports: [next.jobTransport, old.jobTransport],
    concurrency: 1,
    jobPollIntervalMs: 4_000,
  });
  await host.start();
  await old.time.advance(1_000);
  for (let i = 0; i < 3; i++) {
    const ids = [await old.start("quick"), await next.start("quick")];
    await old.time.advance(4_500);
    expect(await ended(old, ids)).toBe(true);
  }
  await stop(next, host);
  expect(await waiting(old.jobTransport)).toBe(0);
  expect(await waiting(next.jobTransport)).toBe(0);
});

it("a transport that is away does not keep the other from being served", async () => {
  const { old, next } = migration();
  const host = next.host({
    jobTransport: undefined as never,
    transports: [next.jobTransport, old.jobTransport],
    jobPollIntervalMs: 60_000,
  });
  await host.start();
  await old.jobTransport.close();
  const runId = await next.start("quick");
  await next.time.advance(31_000);
  expect(await ended(next, [runId])).toBe(true);
  await stop(next, host);
});

it("a transport that is long in failing does not hold up the jobs of the other", async () => {
  const { old, next } = migration();
  const { runtime } = old.time;
  const failing = async () => {
    await runtime.after(5_000);
    throw new Error("away");
  };
  const host = next.host({
    jobTransport: undefined as never,
    transports: [next.jobTransport, { ...old.jobTransport, dequeue: failing }],
    concurrency: 2,
  });
  await host.start();
  const ids: string[] = [];
  for (let i = 0; i < 100; i++) ids.push(await next.start("quick"));
  await next.time.advance(20_000);
  expect(await ended(next, ids)).toBe(true);
  await stop(next, host);
});

it("from the database to a transport: what was ready before is found", async () => {
  const old = createWorld({ workflows: [quick] });
  const before = await old.start("quick");
  const next = createWorld({ workflows: [quick], transport: memoryTransport, beside: old });
  const host = next.host({
    jobTransport: undefined as never,
    transports: [next.jobTransport, createSqlTransport()],
  });
  await host.start();
  await next.time.settle();
  const after = await next.start("quick");
  await next.time.advance(1_100);
  expect(await ended(next, [before, after])).toBe(true);
  await stop(next, host);
});

it("back to the database: the queue is emptied, and nothing is sent to it", async () => {
  const old = createWorld({ workflows: [quick], transport: memoryTransport });
  const before = await old.start("quick");
  const next = createWorld({ workflows: [quick], beside: old });
  const host = next.host({
    jobTransport: undefined as never,
    transports: [next.jobTransport, old.jobTransport],
  });
  await host.start();
  const after = await next.start("quick");
  await next.time.advance(1_100);
  expect(await ended(next, [before, after])).toBe(true);
  await stop(next, host);
  expect(await waiting(old.jobTransport)).toBe(0);
  expect(next.persistence.dump().dispatch).toEqual([]);
});

it("a job of a queue that the host does not serve is given back", async () => {
  const world = createWorld({ workflows: [quick], transport: memoryTransport });
  const host = world.host({ queues: ["gpu"] });
  await host.start();
  const runId = await world.start("quick");
  await world.time.advance(20_000);
  expect(await world.statusOf(runId)).toBe("running");
  await stop(world, host);
  await world.time.advance(60_000);
  expect(await waiting(world.jobTransport)).toBe(1);
});

it("hosts that began at one time do not wait for jobs in step", async () => {
  const world = createWorld({ workflows: [quick], transport: memoryTransport });
  const waits: number[] = [];
  const { dequeue } = world.jobTransport;
  Object.assign(world.jobTransport, {
    dequeue: (request: Parameters<typeof dequeue>[0]) => {
      waits.push(request.waitMs);
      return dequeue(request);
    },
  });
  for (const random of [() => 0, () => 0.75]) {
    const host = world.host({ random });
    await host.start();
    await stop(world, host);
  }
  expect([...new Set(waits.map(Math.round))]).toEqual([900, 1_050]);
});

it("a host that stops first hands over what it gave back", async () => {
  const world = createWorld({ workflows: [quick], transport: memoryTransport });
  const sent: Job[] = [];
  const { enqueue } = world.jobTransport;
  Object.assign(world.jobTransport, {
    enqueue: async (jobs: Parameters<typeof enqueue>[0]) => {
      await world.time.runtime.turn();
      await enqueue(jobs);
      sent.push(...jobs.map(({ job }) => job));
    },
  });
  const host = world.host();
  await host.start();
  await stop(world, host);
  await world.start("quick");
  const other = world.host();
  await other.stop();
  expect(sent).toHaveLength(1);
  expect(world.persistence.dump().dispatch).toEqual([]);
});

it.each([
  [{}],
  [{ transports: [] }],
  [{ jobTransport: createSqlTransport(), transports: [createSqlTransport()] }],
])("a host needs one transport or several, not both: %o", (given) => {
  const { kernel } = createWorld({ workflows: [quick] });
  const create = () => createNodeHost({ kernel, workerId: "w", ...given });
  expect(create).toThrow(expect.objectContaining({ code: "E_ARGUMENT_INVALID" }));
  expect(create).toThrow("jobTransport");
});
