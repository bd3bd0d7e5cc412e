import type { JobTransport } from "@pawl/kernel/ports";
import { privateRedis } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { Redis } from "ioredis";
import { afterAll, afterEach, expect, it, onTestFinished, vi } from "vitest";
import { jobOf, outgoing, receive, send, stagesOf } from "./jobs.ts";
import { transportOn } from "./transport-on.ts";

const HOUR_MS = 3_600_000;

describeOn("what taking asks of Redis", await privateRedis(), (server) => {
  afterAll(() => server.remove());

  afterEach(() => vi.restoreAllMocks());

  /** A transport whose scripts Redis knows. */
  const open = async (): Promise<JobTransport> => {
    const transport = transportOn(server.url, { recoveryIntervalMs: HOUR_MS });
    onTestFinished(() => transport.close());
    await receive(transport);
    return transport;
  };

  /** Scripts that Redis carries out for a piece of work. */
  async function scriptsOf(work: () => Promise<unknown>): Promise<number> {
    const client = new Redis(server.url);
    onTestFinished(() => client.disconnect());
    await client.config("RESETSTAT");
    await work();
    const [, calls] = /cmdstat_evalsha:calls=(\d+)/.exec(await client.info("commandstats")) ?? [];
    return Number(calls);
  }

  it("is one job's worth where one job waits, however many may be taken", async () => {
    const transport = await open();
    await send(transport, jobOf(1));
    expect(await scriptsOf(() => receive(transport, { limit: 200 }))).toBe(2);
  });

  it("grows with the jobs that wait, of all of which it takes", async () => {
    const transport = await open();
    const now = Date.now();
    await send(transport, jobOf(1), jobOf(2));
    await transport.enqueue([3, 4].map((n) => outgoing(jobOf(n), { notBefore: now + HOUR_MS })));
    vi.spyOn(Date, "now").mockImplementation(() => now + 2 * HOUR_MS);
    const scripts = await scriptsOf(async () => {
      const stages = stagesOf(await receive(transport, { limit: 200 }));
      expect([...stages].sort()).toEqual(["stage-1", "stage-2", "stage-3", "stage-4"]);
    });
    expect(scripts).toBe(5);
  });
});
