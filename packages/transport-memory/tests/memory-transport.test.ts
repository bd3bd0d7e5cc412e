import { EngineError } from "@pawl/kernel";
import type { JobTransport } from "@pawl/kernel/ports";
import { createMemoryTransport } from "@pawl/transport-memory";
import { describe, expect, it } from "vitest";
import { jobOf, sendAll, takeAll } from "./jobs.ts";
import { createVirtualTime } from "./virtual-time.ts";

const open = (visibilityMs?: number) => {
  const time = createVirtualTime();
  const transport = createMemoryTransport({
    clock: time,
    runtime: time,
    ...(visibilityMs === undefined ? {} : { visibilityMs }),
  });
  return { time, transport };
};
const timersAlive = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
const poll = (transport: JobTransport, waitMs: number) =>
  transport.dequeue({ workerId: "w", limit: 10, waitMs });

describe("the memory transport", () => {
  it("hides a delivery for visibilityMs, to the millisecond", async () => {
    const { time, transport } = open(500);
    await sendAll(transport, 1);
    await poll(transport, 0);
    await time.advance(499);
    expect(await poll(transport, 0)).toEqual([]);
    await time.advance(1);
    expect((await poll(transport, 0)).length).toBe(1);
  });

  it("takes a late acknowledgement as long as nobody else holds the job", async () => {
    const { time, transport } = open(500);
    await sendAll(transport, 2);
    const [, late] = await poll(transport, 0);
    await time.advance(500);
    await transport.dequeue({ workerId: "w", limit: 1, waitMs: 0 });
    await transport.ack([late?.receipt ?? ""]);
    expect(await poll(transport, 0)).toEqual([]);
    await time.advance(500);
    expect((await poll(transport, 0)).map(({ body }) => body)).toEqual([jobOf(0)]);
  });

  it("shows a job earlier to those that wait when its holder says so", async () => {
    const { time, transport } = open();
    await sendAll(transport, 1);
    const [held] = await poll(transport, 0);
    const before = time.now();
    const waiting = poll(transport, 60_000).then((deliveries) => {
      expect(deliveries.length).toBe(1);
      return time.now() - before;
    });
    await transport.extend(held?.receipt ?? "", 100);
    await time.advance(20_000);
    expect(await waiting).toBe(100);
  });

  it("delivers by priority, then by due time, then by age", async () => {
    const { time, transport } = open();
    const now = time.now();
    const sent = [
      { at: now - 1, priority: 0 },
      { at: now - 5, priority: 0 },
      { at: now - 5, priority: 0 },
      { at: now, priority: 1 },
    ];
    await transport.enqueue(
      sent.map(({ at, priority }, n) => ({ job: jobOf(n), notBefore: at, priority })),
    );
    expect(await takeAll(transport)).toEqual([3, 1, 2, 0]);
  });

  it("never runs a timer of its own beside the runtime it was given", async () => {
    const { time, transport } = open();
    const waiting = poll(transport, 10_000);
    await time.advance(9_999);
    expect(time.pending()).toBe(1);
    await sendAll(transport, 1);
    expect((await waiting).length).toBe(1);
    expect(time.pending()).toBe(0);
  });

  it("wakes as often as something happens and waits for what is left of its time", async () => {
    const { time, transport } = open();
    const before = time.now();
    let answered: number | undefined;
    const waiting = poll(transport, 1_000).finally(() => {
      answered = time.now() - before;
    });
    for (let n = 1; n <= 5; n++) {
      await time.advance(100);
      await transport.enqueue([{ job: jobOf(n), notBefore: before + 50_000, priority: 0 }]);
    }
    await time.advance(5_000);
    expect(await waiting).toEqual([]);
    expect(answered).toBe(1_000);
  });

  it("ends a waiting dequeue when it is closed, and takes no more calls", async () => {
    const { transport } = open();
    const waiting = poll(transport, 60_000);
    await transport.close();
    await transport.close();
    expect(await waiting).toEqual([]);
    const calls = {
      enqueue: () => sendAll(transport, 1),
      dequeue: () => poll(transport, 0),
      ack: () => transport.ack(["0-1"]),
      nack: () => transport.nack("0-1", { delayMs: 0 }),
      extend: () => transport.extend("0-1", 1),
    };
    for (const [verb, call] of Object.entries(calls)) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(EngineError.is(error, "E_TRANSPORT_UNAVAILABLE")).toBe(true);
      expect(String(error)).toContain(verb);
    }
  });

  it("waits by the machine's timers when it is given no runtime", async () => {
    const transport = createMemoryTransport({ clock: { now: () => Date.now() } });
    const before = performance.now();
    expect(await poll(transport, 20)).toEqual([]);
    expect(performance.now() - before).toBeGreaterThan(15);
    const timers = timersAlive();
    const waiting = poll(transport, 60_000);
    expect(timersAlive()).toBe(timers + 1);
    await sendAll(transport, 1);
    expect((await waiting).length).toBe(1);
    expect(timersAlive()).toBe(timers);
  });

  it("delivers 50,000 jobs in the order of 50,000 due times", async () => {
    const { time, transport } = open();
    const due = Array.from({ length: 50_000 }, (_, n) => (n * 7_919) % 50_000);
    await transport.enqueue(
      due.map((at, n) => ({ job: jobOf(n), notBefore: time.now() - at, priority: 0 })),
    );
    const taken = await takeAll(transport);
    const oldestFirst = due.map((at, n) => ({ at, n })).sort((a, b) => b.at - a.at);
    expect(taken).toEqual(oldestFirst.map(({ n }) => n));
  });
});
