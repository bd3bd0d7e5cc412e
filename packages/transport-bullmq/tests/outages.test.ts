import { EngineError } from "@pawl/kernel";
import type { JobTransport } from "@pawl/kernel/ports";
import { privateRedis, proxy, type TcpProxy } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { Redis } from "ioredis";
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { BullmqTransportOptions } from "../src/index.ts";
import { TransportClosedError } from "../src/index.ts";
import { drain, jobOf, outgoing, receive, send, stagesOf } from "./jobs.ts";
import { transportOn } from "./transport-on.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const TIMEOUT_MS = 500;
const LONG_MS = 20_000;

const namesOf = (...numbers: readonly number[]): readonly string[] =>
  numbers.map((n) => `stage-${n}`);

async function msOf(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

describeOn("with a Redis that fails", await privateRedis(), (server) => {
  afterAll(() => server.remove());

  const open = (options: Partial<BullmqTransportOptions> = {}, url = server.url): JobTransport => {
    const transport = transportOn(url, { commandTimeoutMs: TIMEOUT_MS, ...options });
    onTestFinished(() => transport.close());
    return transport;
  };
  const openProxy = async (): Promise<TcpProxy> => {
    const line = await proxy(server.url);
    onTestFinished(() => line.close());
    return line;
  };
  const restart = async (): Promise<void> => {
    await server.stop("immediate");
    await server.start();
  };
  /** Sent while it may still be out of reach. */
  const sendInTheEnd = (transport: JobTransport, n: number): Promise<void> =>
    vi.waitFor(() => send(transport, jobOf(n)), { timeout: LONG_MS });
  const clients = async (): Promise<readonly string[]> => {
    const client = new Redis(server.url);
    const list = String(await client.client("LIST"));
    client.disconnect();
    return list.trim().split("\n");
  };
  const connections = async (): Promise<number> => (await clients()).length;
  const aLongPoll = (): Promise<void> =>
    vi.waitFor(async () => expect((await clients()).join()).toContain("cmd=bzpopmin"));

  describe("restarted [145]", () => {
    it("brings back all but what was acknowledged", async () => {
      const transport = open({ visibilityMs: 2_000, recoveryIntervalMs: 100 });
      await send(transport, jobOf(1), jobOf(2), jobOf(3), jobOf(4), jobOf(5));
      const delayed = outgoing(jobOf(6), { notBefore: Date.now() + 1_000 });
      await transport.enqueue([delayed]);
      const held = await receive(transport, { limit: 3 });
      expect(stagesOf(held)).toEqual(namesOf(1, 2, 3));
      await transport.ack([String(held[0]?.receipt)]);
      await restart();
      await vi.waitFor(() => transport.ack([String(held[1]?.receipt)]), { timeout: LONG_MS });
      expect([...(await drain(transport, 4_000))].sort()).toEqual(namesOf(3, 4, 5, 6));
    });

    it("does not end a long poll, which hears of what is sent afterwards", async () => {
      const transport = open({ recoveryIntervalMs: LONG_MS, commandTimeoutMs: 5_000 });
      const waiting = receive(transport, { waitMs: LONG_MS });
      await aLongPoll();
      await restart();
      const ms = await msOf(async () => {
        await sendInTheEnd(transport, 1);
        expect(stagesOf(await waiting)).toEqual(namesOf(1));
      });
      expect(ms).toBeLessThan(LONG_MS / 2);
    });

    it("knows BullMQ's scripts again, in batches too", async () => {
      const transport = open({ commandTimeoutMs: 5_000 });
      await send(transport, jobOf(1), jobOf(2));
      await restart();
      await send(transport, jobOf(3), jobOf(4));
      expect([...(await drain(transport, 100))].sort()).toEqual(namesOf(1, 2, 3, 4));
    });
  });

  describe("with connections that are cut", () => {
    it("goes on in the same long poll", async () => {
      const line = await openProxy();
      const options = { recoveryIntervalMs: LONG_MS, commandTimeoutMs: 5_000 };
      const transport = open(options, line.url);
      for (let cuts = 0; cuts < 3; cuts++) {
        const waiting = receive(transport, { waitMs: LONG_MS });
        await aLongPoll();
        line.cut();
        await sendInTheEnd(transport, cuts);
        expect(await msOf(() => waiting)).toBeLessThan(LONG_MS / 2);
        expect(stagesOf(await waiting)).toEqual(namesOf(cuts));
      }
    });

    it("sends a batch again whose answer was lost", async () => {
      const line = await openProxy();
      const transport = open({ visibilityMs: 300, recoveryIntervalMs: 50 }, line.url);
      await send(transport, jobOf(1));
      const lost = line.loseAnswer("stage-2");
      await send(transport, jobOf(2));
      await lost;
      const seen = await drain(transport, 1_000);
      expect([...seen].sort()).toEqual(namesOf(1, 2, 2));
    });

    it("does not lose what was handed to nobody", async () => {
      const line = await openProxy();
      const transport = open({ visibilityMs: 300, recoveryIntervalMs: 50 }, line.url);
      await send(transport, jobOf(1));
      await receive(transport, { limit: 0 });
      const lost = line.loseAnswer("prioritized");
      await receive(transport);
      await lost;
      expect(await drain(transport, 1_500)).toEqual(namesOf(1));
    });

    it.each(["ack", "nack", "extend"] as const)(
      "%s holds though its answer was lost",
      async (verb) => {
        const line = await openProxy();
        const transport = open({ visibilityMs: 1_000, recoveryIntervalMs: 50 }, line.url);
        await send(transport, jobOf(1));
        const [held] = await receive(transport);
        const receipt = String(held?.receipt);
        const calls = {
          ack: () => transport.ack([receipt]),
          nack: () => transport.nack(receipt, { delayMs: 3_500 }),
          extend: () => transport.extend(receipt, 3_500),
        };
        const lost = line.loseAnswer(":default:");
        await calls[verb]();
        await lost;
        expect(await receive(transport, { waitMs: 1_300 })).toEqual([]);
        const quietMs = verb === "ack" ? 500 : 4_000;
        expect(await drain(transport, quietMs)).toEqual(verb === "ack" ? [] : namesOf(1));
      },
    );
  });

  describe("that is away", () => {
    it("rejects every call in time, and says why", async () => {
      const line = await openProxy();
      const transport = open({}, line.url);
      await send(transport, jobOf(1));
      const [held] = await receive(transport);
      const receipt = String(held?.receipt);
      line.refuse();
      const calls = [
        () => send(transport, jobOf(2)),
        () => receive(transport, { waitMs: LONG_MS }),
        () => transport.ack([receipt]),
        () => transport.nack(receipt, { delayMs: 0 }),
        () => transport.extend(receipt, 1_000),
      ];
      for (const call of calls) {
        const ms = await msOf(async () => {
          const error = await call().catch((thrown: unknown) => thrown);
          expect(EngineError.is(error, "E_TRANSPORT_UNAVAILABLE")).toBe(true);
          expect((error as EngineError).kind).toBe("unavailable");
        });
        expect(ms).toBeLessThan(2 * TIMEOUT_MS);
      }
      await expect(send(transport, jobOf(2))).rejects.toThrow("ECONNREFUSED");
    });

    it("is not asked later for what nobody waits for any more", async () => {
      const line = await openProxy();
      const transport = open({}, line.url);
      await send(transport, jobOf(1), jobOf(2), jobOf(3));
      line.refuse();
      const failed = [1, 2, 3, 4].map(() => receive(transport));
      for (const { status } of await Promise.allSettled(failed)) expect(status).toBe("rejected");
      await line.pass();
      await sendInTheEnd(transport, 4);
      expect(stagesOf(await receive(transport))).toEqual(namesOf(1, 2, 3, 4));
    });

    it("may be away when the transport is made", async () => {
      const line = await openProxy();
      line.refuse();
      const transport = open({}, line.url);
      await expect(send(transport, jobOf(1))).rejects.toThrow("ECONNREFUSED");
      await line.pass();
      await sendInTheEnd(transport, 1);
      expect(stagesOf(await receive(transport))).toEqual(namesOf(1));
    });
  });

  it("that answers no more: calls reject in time, and work when it does again", async () => {
    const transport = open();
    await send(transport, jobOf(1));
    server.freeze();
    onTestFinished(() => server.thaw());
    const ms = await msOf(() =>
      expect(send(transport, jobOf(2))).rejects.toThrow("Socket timeout"),
    );
    expect(ms).toBeLessThan(3 * TIMEOUT_MS);
    server.thaw();
    await sendInTheEnd(transport, 3);
    expect(stagesOf(await receive(transport))).toEqual(expect.arrayContaining([...namesOf(1, 3)]));
  });

  it("that refuses says so in the error", async () => {
    const client = new Redis(server.url);
    onTestFinished(async () => {
      await client.config("SET", "maxmemory", "0");
      client.disconnect();
    });
    const transport = open();
    await send(transport, jobOf(1));
    await client.config("SET", "maxmemory", "1");
    await expect(send(transport, jobOf(2))).rejects.toThrow("OOM");
    await client.config("SET", "maxmemory", "0");
    expect(stagesOf(await receive(transport))).toEqual(namesOf(1));
  });

  it("long polls do not ask again and again", async () => {
    const client = new Redis(server.url);
    onTestFinished(() => client.disconnect());
    const asked = async (): Promise<number> => {
      const [, count] = /cmdstat_evalsha:calls=(\d+)/.exec(await client.info("commandstats")) ?? [];
      return Number(count ?? 0);
    };
    const transport = open({ recoveryIntervalMs: 1_000 });
    await transport.enqueue([outgoing(jobOf(1), { notBefore: Date.now() + 60_000 })]);
    await receive(transport);
    const before = await asked();
    expect(await receive(transport, { waitMs: 2_500 })).toEqual([]);
    expect((await asked()) - before).toBeLessThan(15);
  });

  describe("close", () => {
    let before = 0;
    beforeEach(async () => {
      before = await connections();
    });

    it("ends waits, lets calls under way be answered, and leaves nothing open", async () => {
      const transport = open({ recoveryIntervalMs: LONG_MS });
      await send(transport, jobOf(1));
      const [held] = await receive(transport);
      const waiting = receive(transport, { waitMs: LONG_MS });
      await aLongPoll();
      const acking = transport.ack([String(held?.receipt)]);
      expect(await msOf(() => transport.close())).toBeLessThan(TIMEOUT_MS);
      await expect(acking).resolves.toBe(undefined);
      expect(await waiting).toEqual([]);
      await transport.close();
      await vi.waitFor(async () => expect(await connections()).toBe(before));
      await expect(send(transport, jobOf(2))).rejects.toBeInstanceOf(TransportClosedError);
    });

    it.each(["away", "silent"] as const)("does not hang while Redis is %s", async (how) => {
      const line = await openProxy();
      const transport = open({ recoveryIntervalMs: LONG_MS }, line.url);
      await send(transport, jobOf(1));
      await receive(transport);
      const again = receive(transport, { waitMs: LONG_MS }).catch((error: unknown) => error);
      await aLongPoll();
      if (how === "away") line.refuse();
      else line.hold();
      expect(await msOf(() => transport.close())).toBeLessThan(3 * TIMEOUT_MS);
      const answer = await again;
      expect(Array.isArray(answer) || EngineError.is(answer)).toBe(true);
    });

    it("works before anything was asked", async () => {
      await open().close();
      expect(await connections()).toBe(before);
    });
  });
});
