import { EngineError, type Kernel, type Poke, type RunView } from "@pawl/kernel";
import type { Persistence, Runtime } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { RunEnds } from "../src/run-ends.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs by id with their status, a clock that moves when told, and counts of what is read. */
function world() {
  const statuses = new Map<string, string>();
  const reads = { getRun: 0, find: 0 };
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>();
  let now = 0;
  let failing = false;
  let poke: (poke: Poke) => void = () => {};
  const read = (kind: "getRun" | "find"): void => {
    reads[kind]++;
    if (failing) throw new EngineError("E_PERSISTENCE_UNAVAILABLE", "away");
  };
  const kernel = {
    listen: (listener: (poke: Poke) => void) => {
      poke = listener;
      return () => {};
    },
    query: {
      getRun: async (id: string) => {
        read("getRun");
        const status = statuses.get(id);
        if (status === undefined) throw new EngineError("E_RUN_UNKNOWN", id);
        return { id, status } as RunView;
      },
    },
  } as unknown as Kernel;
  const persistence = {
    query: {
      find: async ({ where }: { where: { id: { in: string[] } } }) => {
        read("find");
        const known = where.id.in.filter((id) => statuses.has(id));
        return known.map((id) => ({ id, status: statuses.get(id) }));
      },
    },
  } as unknown as Persistence;
  const runtime = {
    after: (ms: number, cancel?: { cancelled: Promise<unknown> }) =>
      new Promise<void>((resolve) => {
        const timer = { at: now + ms, fire: resolve };
        timers.add(timer);
        const end = (): void => {
          timers.delete(timer);
          resolve();
        };
        cancel?.cancelled.then(end, end);
      }),
  } as Runtime;
  const ends = new RunEnds({ kernel, persistence, runtime, logger: { log: () => {} } });
  const advance = async (ms: number): Promise<void> => {
    const until = now + ms;
    for (await turn(); ; await turn()) {
      const [next] = [...timers].toSorted((a, b) => a.at - b.at);
      if (!next || next.at > until) break;
      now = next.at;
      timers.delete(next);
      next.fire();
    }
    now = until;
  };
  return {
    ends,
    statuses,
    reads,
    timers,
    advance,
    poke: (runId: string) => poke({ type: "runEnded", runId }),
    fail: (is: boolean) => {
      failing = is;
    },
  };
}

const codeOf = (wait: Promise<unknown>): Promise<unknown> =>
  wait.then(
    () => "ended",
    (error: EngineError) => error.code,
  );

it("a run that has ended already is answered at once", async () => {
  const { ends, statuses } = world();
  statuses.set("a", "completed");
  expect(await ends.wait("a")).toMatchObject({ id: "a", status: "completed" });
});

it("a run that ends in this process is answered without waiting for the poll", async () => {
  const { ends, statuses, poke, reads } = world();
  statuses.set("a", "running");
  const wait = ends.wait("a");
  await turn();
  statuses.set("a", "failed");
  poke("a");
  expect(await wait).toMatchObject({ status: "failed" });
  expect(reads.find).toBe(0);
});

it("whoever waits for however many, there is one poll, and it slows down", async () => {
  const { ends, statuses, reads, advance, timers } = world();
  const ids = Array.from({ length: 400 }, (_, i) => `run-${i}`);
  for (const id of ids) statuses.set(id, "running");
  const waits = [...ids, ...ids].map((id) => ends.wait(id));
  await advance(60_000);
  expect(reads.getRun).toBe(400);
  expect(reads.find).toBeGreaterThan(20);
  expect(reads.find).toBeLessThan(45);
  for (const id of ids) statuses.set(id, "completed");
  await advance(2_000);
  expect(await Promise.all(waits)).toHaveLength(800);
  await advance(2_000);
  expect(timers.size).toBe(0);
});

it("a run that is deleted meanwhile is unknown", async () => {
  const { ends, statuses, advance } = world();
  statuses.set("a", "running");
  const code = codeOf(ends.wait("a"));
  await advance(1_000);
  statuses.delete("a");
  await advance(1_000);
  expect(await code).toBe("E_RUN_UNKNOWN");
});

it("while the database is away everybody goes on waiting", async () => {
  const { ends, statuses, advance, fail } = world();
  statuses.set("a", "completed");
  fail(true);
  const code = codeOf(ends.wait("a"));
  await advance(10_000);
  fail(false);
  await advance(2_000);
  expect(await code).toBe("ended");
});

it("one waiter's time limit is its own", async () => {
  const { ends, statuses, advance, timers } = world();
  statuses.set("a", "running");
  const [short, long] = [
    codeOf(ends.wait("a", { timeoutMs: 5_000 })),
    codeOf(ends.wait("a", { timeoutMs: 60_000 })),
  ];
  await advance(5_000);
  expect(await short).toBe("E_WAIT_TIMEOUT");
  statuses.set("a", "completed");
  await advance(2_000);
  expect(await long).toBe("ended");
  await advance(2_000);
  expect(timers.size).toBe(0);
});

it("a run that was just started is not read before it has ended", async () => {
  const { ends, statuses, reads, advance, poke } = world();
  statuses.set("a", "running");
  const waited = ends.wait("a", { justStarted: true });
  await turn();
  expect(reads).toEqual({ getRun: 0, find: 0 });
  statuses.set("a", "completed");
  poke("a");
  expect(await waited).toMatchObject({ id: "a", status: "completed" });
  expect(reads).toEqual({ getRun: 1, find: 0 });
  await advance(10_000);
});

it("a run that ended before anybody waited is read at once, just started or not", async () => {
  const { ends, statuses, reads, poke } = world();
  statuses.set("a", "completed");
  poke("a");
  expect(await ends.wait("a", { justStarted: true })).toMatchObject({ status: "completed" });
  expect(reads).toEqual({ getRun: 1, find: 0 });
});

it("a run that was just started and ended elsewhere is found by the poll", async () => {
  const { ends, statuses, advance } = world();
  statuses.set("a", "running");
  const waited = ends.wait("a", { justStarted: true });
  statuses.set("a", "completed");
  await advance(50);
  expect(await waited).toMatchObject({ status: "completed" });
});
