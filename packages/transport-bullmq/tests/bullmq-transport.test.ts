import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import type { Job, JobTransport } from "@pawl/kernel/ports";
import { describeOn, redis } from "@pawl/services/vitest";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { BullmqTransportOptions } from "../src/index.ts";
import { drain, jobOf, outgoing, receive, send, stagesOf } from "./jobs.ts";
import { transportOn } from "./transport-on.ts";

const HOUR_MS = 3_600_000;
const LONG_MS = 20_000;

afterEach(() => vi.restoreAllMocks());

describeOn("createBullmqTransport", await redis(), ({ url }) => {
  const open = (options: Partial<BullmqTransportOptions> = {}): JobTransport => {
    const transport = transportOn(url, options);
    onTestFinished(() => transport.close());
    return transport;
  };
  const openRedis = (): Redis => {
    const client = new Redis(url, { maxRetriesPerRequest: null });
    onTestFinished(() => client.disconnect());
    return client;
  };

  /** A transport on which somebody waits already, on the server. */
  const openWaiting = async (options: Partial<BullmqTransportOptions>, waits = 1) => {
    const { hostname: host, port } = new URL(url);
    const connectionName = randomUUID();
    const connection = { host, port: Number(port), connectionName };
    const transport = open({ ...options, connection, recoveryIntervalMs: LONG_MS });
    const waiting = Array.from({ length: waits }, () =>
      receive(transport, { limit: 1, waitMs: LONG_MS }),
    );
    const client = openRedis();
    await vi.waitFor(async () => {
      const list = String(await client.client("LIST")).split("\n");
      const its = list.filter((line) => line.includes(connectionName)).join();
      expect(its).toContain("cmd=bzpopmin");
    });
    return { transport, waiting };
  };

  it("says that Redis refuses, without the password that it was given", async () => {
    const { host } = new URL(url);
    const transport = open({ connection: `redis://nobody:s3cretword@${host}` });
    const error: unknown = await send(transport, jobOf(1)).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({
      code: "E_TRANSPORT_UNAVAILABLE",
      message: expect.stringContaining("WRONGPASS"),
      cause: expect.objectContaining({ message: expect.stringContaining("WRONGPASS") }),
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("s3cretword");
  });

  describe("a job that was sent before [145]", () => {
    it("comes again while the first one waits", async () => {
      const transport = open();
      await send(transport, jobOf(1));
      await send(transport, jobOf(1));
      expect(stagesOf(await receive(transport))).toEqual(["stage-1", "stage-1"]);
    });

    it("comes again while the first one is held", async () => {
      const transport = open();
      await send(transport, jobOf(1));
      expect(await receive(transport)).toHaveLength(1);
      await send(transport, jobOf(1));
      expect(await receive(transport)).toHaveLength(1);
    });

    it("comes again while the first one is delayed", async () => {
      const transport = open();
      await transport.enqueue([outgoing(jobOf(1), { notBefore: Date.now() + HOUR_MS })]);
      await send(transport, jobOf(1));
      expect(await receive(transport)).toHaveLength(1);
    });

    it("comes again after it was acknowledged, of which Redis keeps nothing", async () => {
      const prefix = randomUUID();
      const transport = open({ prefix });
      for (let round = 0; round < 3; round++) {
        await send(transport, jobOf(1));
        expect(await drain(transport, 0)).toEqual(["stage-1"]);
      }
      const kept = await openRedis().keys(`${prefix}:default:*`);
      expect(kept.map((key) => key.split(":").at(-1)).sort()).toEqual(
        expect.not.arrayContaining([expect.stringMatching(/^\d+$|completed|failed|lock/)]),
      );
    });

    it("comes again after a worker of BullMQ's own has failed it", async () => {
      const prefix = randomUUID();
      const transport = open({ prefix });
      const connection = openRedis();
      const fail = async (): Promise<void> => {
        throw new Error("no such stage");
      };
      const worker = new Worker("default", fail, { connection, prefix });
      const failed = new Promise((resolve) => worker.once("failed", resolve));
      await send(transport, jobOf(1));
      await failed;
      await worker.close();
      await send(transport, jobOf(1));
      expect(await receive(transport)).toHaveLength(1);
    });
  });

  it("takes the greatest priority first, then the first, negative ones last [145]", async () => {
    const transport = open();
    const priorities = [0, -1_000_000, 7, 1_000_000, 7, -1, 2_000_000_000];
    await transport.enqueue(priorities.map((priority, n) => outgoing(jobOf(n), { priority })));
    const stages = stagesOf(await receive(transport));
    expect(stages).toEqual([3, 6, 2, 4, 0, 5, 1].map((n) => `stage-${n}`));
  });

  it("keeps priorities of jobs that were delayed or given back", async () => {
    const transport = open();
    await send(transport, jobOf(0));
    await transport.enqueue([outgoing(jobOf(1), { priority: 5 })]);
    const [first] = await receive(transport, { limit: 1 });
    await transport.nack(String(first?.receipt), { delayMs: 0 });
    expect(stagesOf(await receive(transport))).toEqual(["stage-1", "stage-0"]);
  });

  it.each(["of:colons", "50%", "", "with space"])("has a queue named %j", async (queue) => {
    const transport = open({ queues: [queue] });
    await send(transport, jobOf(1, { queue, jobId: "a:b:c" }));
    const [delivery] = await receive(transport);
    expect(delivery?.body).toEqual(jobOf(1, { queue, jobId: "a:b:c" }));
    await transport.ack([String(delivery?.receipt)]);
    expect(await receive(transport)).toEqual([]);
  });

  it("takes from its queues only, which share what it may take", async () => {
    const prefix = randomUUID();
    const both = open({ prefix, queues: ["a", "b"] });
    const other = open({ prefix, queues: ["c"] });
    const jobs = [1, 2, 3, 4].map((n) => jobOf(n, { queue: "a" }));
    await send(both, ...jobs, jobOf(5, { queue: "b" }), jobOf(6, { queue: "c" }));
    const two = [await receive(both, { limit: 1 }), await receive(both, { limit: 1 })];
    expect(stagesOf(two.flat())).toEqual(["stage-1", "stage-5"]);
    expect(stagesOf(await receive(both))).toEqual(["stage-2", "stage-3", "stage-4"]);
    expect(stagesOf(await receive(other))).toEqual(["stage-6"]);
  });

  it("hears of a job in any of its queues", async () => {
    const { transport, waiting } = await openWaiting({ queues: ["a", "b"] });
    await send(transport, jobOf(1, { queue: "b" }));
    expect(stagesOf((await Promise.all(waiting)).flat())).toEqual(["stage-1"]);
  });

  it("wakes one after the other of those who wait for as many jobs", async () => {
    const { transport, waiting } = await openWaiting({}, 3);
    await send(transport, jobOf(1), jobOf(2), jobOf(3));
    const stages = stagesOf((await Promise.all(waiting)).flat());
    expect([...stages].sort()).toEqual(["stage-1", "stage-2", "stage-3"]);
  });

  it("ends a long poll when a job falls due that somebody else has sent", async () => {
    const prefix = randomUUID();
    const { waiting } = await openWaiting({ prefix });
    await open({ prefix }).enqueue([outgoing(jobOf(1), { notBefore: Date.now() + 300 })]);
    expect(stagesOf((await Promise.all(waiting)).flat())).toEqual(["stage-1"]);
  });

  it.each([HOUR_MS, -HOUR_MS])("does not care that Redis' clock differs by %i ms", async (ms) => {
    // To Redis it is all the same whose clock is wrong.
    const now = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => now() + ms);
    const transport = open({ visibilityMs: 1_000, recoveryIntervalMs: 50 });
    const notBefore = Date.now() + 2_000;
    await transport.enqueue([outgoing(jobOf(1), { notBefore })]);
    expect(await receive(transport)).toEqual([]);
    const [first] = await receive(transport, { waitMs: 10_000 });
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore);
    const [again] = await receive(transport, { waitMs: 10_000 });
    expect(again?.body).toEqual(first?.body);
    await transport.ack([String(again?.receipt)]);
    expect(await receive(transport, { waitMs: 1_500 })).toEqual([]);
  });

  it("compares notBefore with the clock it was given", async () => {
    const transport = open({ clock: { now: () => 1_000 } });
    await transport.enqueue([
      outgoing(jobOf(1), { notBefore: 1_000 }),
      outgoing(jobOf(2), { notBefore: 1_000 + HOUR_MS }),
      outgoing(jobOf(3), { notBefore: Number.POSITIVE_INFINITY }),
    ]);
    expect(stagesOf(await receive(transport))).toEqual(["stage-1"]);
  });

  it("delivers what others put there, whatever it is, and lets it be acknowledged", async () => {
    const prefix = randomUUID();
    const transport = open({ prefix, visibilityMs: 2_000, recoveryIntervalMs: 50 });
    const client = openRedis();
    const foreign = new Queue("default", { connection: client, prefix });
    const bodies: unknown[] = ["text", 7, null, [], { v: 9 }, { text: "x".repeat(5_000_000) }];
    for (const body of bodies) await foreign.add("foreign", body);
    const torn = await foreign.add("torn", {});
    await client.hset(`${prefix}:default:${torn.id}`, "data", '{"v":1,');
    const gone = await foreign.add("gone", {}, { jobId: "named-by-others" });
    await client.del(`${prefix}:default:${gone.id}`);

    const deliveries = await receive(transport);
    expect(deliveries.map(({ body }) => body)).toEqual([...bodies, '{"v":1,', {}]);
    await transport.ack(deliveries.map(({ receipt }) => receipt));
    expect(await receive(transport, { waitMs: 3_000 })).toEqual([]);
  });

  it("is seen by BullMQ's own tools", async () => {
    const prefix = randomUUID();
    const transport = open({ prefix, queues: ["of:colons"] });
    const jobs = [1, 2].map((n) => jobOf(n, { queue: "of:colons" }));
    await send(transport, ...jobs);
    await receive(transport, { limit: 1 });
    const queue = new Queue<Job>("of%3Acolons", { connection: openRedis(), prefix });
    expect(await queue.getJobCounts("active", "prioritized")).toEqual({
      active: 1,
      prioritized: 1,
    });
    const [job] = await queue.getJobs("prioritized");
    expect(job).toMatchObject({ name: "greet", data: jobs[1] });
  });
});
