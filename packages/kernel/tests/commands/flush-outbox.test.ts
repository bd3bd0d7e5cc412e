import type { EventDelivery, EventSink } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { Fleet, Gate } from "./fleet.ts";
import { echo, fan, fn } from "./workflows.ts";

const flush = (h: Harness, limit?: number) =>
  h.kernel.dispatch({ type: "outbox.flush", ...(limit === undefined ? {} : { limit }) });

/** Keeps what it takes; `refuse` says how many calls fail first. */
function sinkOf(refuse = 0): EventSink & { taken: EventDelivery[]; calls: number } {
  const sink = {
    taken: [] as EventDelivery[],
    calls: 0,
    async emit(deliveries: readonly EventDelivery[]) {
      sink.calls += 1;
      if (sink.calls <= refuse) throw new Error("the sink is down");
      sink.taken.push(...deliveries);
    },
  };
  return sink;
}

const revsOf = (sink: { taken: EventDelivery[] }, runId: string) =>
  sink.taken.filter(({ event }) => event.runId === runId).map(({ event }) => event.rev);
const cursor = (h: Harness, runId: string) =>
  h.persistence.dump().runs.find((run) => run.id === runId)!.sinkRev;

/** Gets many events: each pause and resume is one. */
const noisy = async (h: Harness, runId: string, events: number) => {
  for (let i = 0; i < events; i++) {
    const type = i % 2 === 0 ? "run.pause" : "run.resume";
    await h.kernel.dispatch({ type, workflowRunId: runId });
  }
};

describe("outbox.flush", () => {
  it("hands every event to the sink, in order per run, as the ledger has it", async () => {
    const sink = sinkOf();
    const h = new Harness([fan(3)], { eventSink: sink });
    const ids = [await h.start("fan"), await h.start("fan")];
    await flush(h);
    await h.drain();
    await flush(h);
    const { events } = h.persistence.dump();
    expect(sink.taken).toHaveLength(events.length);
    for (const id of ids) {
      const { rev } = await h.kernel.query.getRun(id);
      expect(revsOf(sink, id)).toEqual(Array.from({ length: rev }, (_, i) => i + 1));
      expect(cursor(h, id)).toBe(rev);
    }
    expect(sink.taken.map(({ event }) => event)).toEqual(expect.arrayContaining([...events]));
    const calls = sink.calls;
    expect(await flush(h)).toEqual({ flushed: 0 });
    expect(sink.calls).toBe(calls);
  });

  it("goes on where it was for a run with more events than one call takes", async () => {
    const sink = sinkOf();
    const h = new Harness([echo], { eventSink: sink });
    const id = await h.start("echo");
    await noisy(h, id, 450);
    for (let i = 0; i < 5; i++) await flush(h);
    expect(revsOf(sink, id)).toEqual(Array.from({ length: 451 }, (_, i) => i + 1));
  });

  it("looks at no more runs than its limit", async () => {
    const sink = sinkOf();
    const h = new Harness([echo], { eventSink: sink });
    for (let i = 0; i < 3; i++) await h.start("echo", i);
    expect(await flush(h, 2)).toEqual({ flushed: 2 });
    expect(await flush(h, 2)).toEqual({ flushed: 1 });
  });

  it("loses nothing to a sink that fails: all comes again with the same ids [I4]", async () => {
    const seen: string[] = [];
    const inner = sinkOf(2);
    const sink: EventSink = {
      emit: (deliveries) => {
        seen.push(deliveries.map(({ deliveryId }) => deliveryId).join());
        return inner.emit(deliveries);
      },
    };
    const h = new Harness([echo], { eventSink: sink });
    const id = await h.start("echo");
    await h.round();
    for (let i = 0; i < 2; i++) {
      expect(await flush(h)).toEqual({ flushed: 0 });
      expect(cursor(h, id)).toBe(0);
    }
    expect(await flush(h)).toEqual({ flushed: 1 });
    expect(await flush(h)).toEqual({ flushed: 2 });
    const [first, ...rest] = [1, 2, 3].map((rev) => `${id}:${rev}`);
    expect(seen).toEqual([[first, ...rest].join(), first, first, rest.join()]);
    expect(revsOf(inner, id)).toEqual([1, 2, 3]);
    expect(h.logged.filter(({ level }) => level === "error")).toHaveLength(2);
  });

  it("lets no run wait for another whose events the sink refuses", async () => {
    const taken: string[] = [];
    let refused = "";
    const sink: EventSink = {
      emit: async ([first]) => {
        if (first!.event.runId === refused) throw new Error("not this one");
        taken.push(first!.event.runId);
      },
    };
    const h = new Harness([echo], { eventSink: sink });
    refused = await h.start("echo", 1);
    const other = await h.start("echo", 2);
    await flush(h);
    expect(taken).toEqual([other]);
    expect([cursor(h, refused), cursor(h, other)]).toEqual([0, 1]);
  });

  it("lets no run wait for as many refused ones as it looks at", async () => {
    const taken: string[] = [];
    const refused: string[] = [];
    const sink: EventSink = {
      emit: async ([first]) => {
        if (refused.includes(first!.event.runId)) throw new Error("not this one");
        taken.push(first!.event.runId);
      },
    };
    const h = new Harness([echo], { eventSink: sink });
    for (let i = 0; i < 3; i++) {
      refused.push(await h.start("echo", i));
      await h.world.advance(1);
    }
    const others = [await h.start("echo", 3), await h.start("echo", 4)];
    for (let i = 0; i < 3; i++) await flush(h, 2);
    expect(taken.toSorted()).toEqual(others.toSorted());
  });

  it("delivers again with the same ids after a crash between sink and cursor", async () => {
    const fleet = new Fleet([echo]);
    const sink = sinkOf();
    const victim = fleet.process({
      eventSink: sink,
      faults: ({ plan }) => (plan?.commitId.startsWith("sink/") ? "unavailable" : undefined),
    });
    const id = await victim.start("echo");
    await fleet.world.until(flush(victim));
    expect(cursor(victim, id)).toBe(0);
    await flush(fleet.process({ eventSink: sink }));
    expect(revsOf(sink, id)).toEqual([1, 1]);
    expect(new Set(sink.taken.map(({ deliveryId }) => deliveryId)).size).toBe(1);
    expect(cursor(victim, id)).toBe(1);
  });

  it("by two at once never moves the cursor back", async () => {
    const gate = new Gate();
    const fleet = new Fleet([echo]);
    const slow: EventSink = { emit: () => gate.passed };
    const a = fleet.process({ eventSink: slow });
    const b = fleet.process({ eventSink: sinkOf() });
    const id = await a.start("echo");
    const late = flush(a);
    await fleet.world.settle();
    await noisy(b, id, 4);
    await flush(b);
    expect(cursor(b, id)).toBe(5);
    gate.open();
    await fleet.world.until(late);
    expect(cursor(b, id)).toBe(5);
  });

  it("of a cursor that another moved meanwhile loses no event", async () => {
    const gate = new Gate();
    const fleet = new Fleet([echo]);
    const taken: number[] = [];
    const keep = (deliveries: readonly EventDelivery[]) =>
      void taken.push(...deliveries.map(({ event }) => event.rev));
    const slow: EventSink = { emit: (deliveries) => gate.passed.then(() => keep(deliveries)) };
    const quick: EventSink = { emit: async (deliveries) => keep(deliveries) };
    const a = fleet.process({ eventSink: slow });
    const b = fleet.process({ eventSink: quick });
    const id = await a.start("echo");
    await flush(b);
    await noisy(b, id, 2);
    const late = flush(a);
    await fleet.world.settle();
    await noisy(b, id, 2);
    await flush(b);
    gate.open();
    await fleet.world.until(late);
    await flush(b);
    await flush(a);
    expect(new Set(taken)).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(cursor(b, id)).toBe(5);
  });
});

it("writes nothing for deliveries where there is no sink", async () => {
  const commits: string[] = [];
  const h = new Harness([echo], {
    wrap: (persistence) => ({
      ...persistence,
      commit: (plan) => {
        commits.push(plan.commitId);
        return persistence.commit(plan);
      },
    }),
  });
  const id = await h.start("echo");
  await h.drain();
  const before = commits.length;
  expect(await flush(h)).toEqual({ flushed: 0 });
  expect(commits).toHaveLength(before);
  expect(cursor(h, id)).toBeNull();
});

it("maintenance goes on with its other parts when the sink fails", async () => {
  const sink: EventSink = { emit: () => Promise.reject(new Error("down")) };
  const limited = fn("limited", (ctx) => ctx.sleep("nap", "1 day"), { runTimeout: "1 s" });
  const h = new Harness([limited], { eventSink: sink });
  const id = await h.start("limited");
  await h.round();
  await h.world.advance(1_000);
  expect(await h.kernel.maintain()).toMatchObject({ suspendedChecked: 1, eventsFlushed: 0 });
  expect((await h.kernel.query.getRun(id)).status).toBe("failed");
});

it("an event refused for good becomes a dead letter, and the rest goes on [35]", async () => {
  const seen: number[] = [];
  const poison = 2;
  const eventSink: EventSink = {
    emit: async (deliveries) => {
      if (deliveries.some(({ event }) => event.rev === poison)) throw new Error("can't take it");
      seen.push(...deliveries.map(({ event }) => event.rev));
    },
  };
  const h = new Harness([echo], { eventSink, limits: { deliveryAttemptsMax: 3 } });
  const runId = await h.start("echo", 1);
  await h.drain();
  for (let i = 0; i < 8; i++) await flush(h);
  expect(seen).toEqual([1, 3]);
  expect(h.persistence.dump().deadLetters).toMatchObject([
    { kind: "event", runId, rev: poison, failure: { message: "can't take it" } },
  ]);
});

it("an event that another process delivered leaves no refusals to the next one", async () => {
  const fleet = new Fleet([echo]);
  const limits = { deliveryAttemptsMax: 3 };
  const down: EventSink = { emit: () => Promise.reject(new Error("no route from here")) };
  const cutOff = fleet.process({ eventSink: down, limits });
  const other = fleet.process({ eventSink: sinkOf(), limits });
  const runId = await cutOff.start("echo");
  for (let i = 0; i < 2; i++) await flush(cutOff);
  await flush(other);
  await noisy(other, runId, 1);
  for (let i = 0; i < 2; i++) await flush(cutOff);
  expect(other.persistence.dump().deadLetters).toEqual([]);
  await flush(cutOff);
  expect(other.persistence.dump().deadLetters).toMatchObject([{ runId, rev: 2 }]);
});
