import type { Persistence, TakeRequest } from "@pawl/kernel/ports";
import { tries } from "./barrier.ts";
import type { Bench, Cases } from "./bench.ts";
import { insert, stageKey } from "./plans.ts";
import { LONG_AGO } from "./row-defaults-bookkeeping.ts";
import { rowOf } from "./rows.ts";

const HIDDEN_MS = 30_000;

const requestOf = (limit: number, namespace = "default"): TakeRequest => ({
  namespace,
  limit,
  visibleAfterMs: HIDDEN_MS,
});

interface Queue {
  readonly table: "intents" | "dispatch";
  readonly take: (
    persistence: Persistence,
    limit: number,
    namespace?: string,
  ) => Promise<readonly TakenRow[]>;
  readonly ack: (persistence: Persistence, name: string) => Promise<void>;
  /** Writes the row called `name`. */
  readonly put: (bench: Bench, name: string, part: Part) => Promise<void>;
  readonly nameOf: (row: object) => string;
}

interface TakenRow {
  readonly visibleAt: number;
  readonly tries: number;
}

interface Part {
  readonly createdAt?: number;
  readonly visibleAt?: number;
  readonly namespace?: string;
  readonly tries?: number;
}

const QUEUES: readonly Queue[] = [
  {
    table: "intents",
    take: (persistence, limit, namespace) => persistence.takeIntents(requestOf(limit, namespace)),
    ack: (persistence, name) => persistence.ackIntents([name]),
    put: (bench, name, part) => bench.put(insert("intents", { id: name, ...part })),
    nameOf: (row) => (row as { readonly id: string }).id,
  },
  {
    table: "dispatch",
    take: (persistence, limit, namespace) => persistence.takeDispatch(requestOf(limit, namespace)),
    ack: (persistence, name) =>
      persistence.ackDispatch([{ stage: stageKey({ stageId: name }), createdAt: LONG_AGO }]),
    put: (bench, name, part) => bench.put(insert("dispatch", { stageId: name, ...part })),
    nameOf: (row) => (row as { readonly stageId: string }).stageId,
  },
];

/** TAKE-1 and -2 for both queues, and what is particular to each. */
export const takeCases: Cases = (suite) => {
  for (const queue of QUEUES) {
    visibility(queue, suite);
    takers(queue, suite);
  }
  acknowledgements(suite);
};

const visibility = (queue: Queue, { prove }: Parameters<Cases>[0]): void => {
  const { table, nameOf } = queue;
  const take = async (bench: Bench, limit = 10, namespace?: string): Promise<readonly string[]> =>
    (await queue.take(bench.persistence, limit, namespace)).map(nameOf);
  prove(`TAKE-1 ${table}: what is taken is hidden until its time is up`, async (bench) => {
    await queue.put(bench, "a", { tries: 4 });
    const now = bench.clock.now();
    const taken = await queue.take(bench.persistence, 10);
    bench.expect(taken).toMatchObject([{ visibleAt: now + HIDDEN_MS, tries: 5 }]);
    bench.expect(await bench.rows(table)).toEqual(taken);
    bench.clock.advance(HIDDEN_MS - 1);
    bench.expect(await take(bench)).toEqual([]);
    bench.clock.advance(1);
    const again = await queue.take(bench.persistence, 10);
    bench.expect(again).toMatchObject([{ visibleAt: bench.clock.now() + HIDDEN_MS, tries: 6 }]);
  });
  prove(`TAKE-1 ${table}: what is not yet visible is not taken`, async (bench) => {
    await queue.put(bench, "a", { visibleAt: bench.clock.now() + 5 });
    bench.expect(await take(bench)).toEqual([]);
    bench.clock.advance(5);
    bench.expect(await take(bench)).toEqual(["a"]);
  });
  prove(`TAKE-1 ${table}: the oldest first, bounded`, async (bench) => {
    for (const [i, name] of ["d", "a", "c", "b"].entries()) {
      await queue.put(bench, name, { createdAt: 2_000 + i });
    }
    bench.expect(await take(bench, 3)).toEqual(["d", "a", "c"]);
    bench.expect(await take(bench, 3)).toEqual(["b"]);
  });
  prove(`TAKE-1 ${table}: of one namespace`, async (bench) => {
    await queue.put(bench, "a", {});
    await queue.put(bench, "b", { namespace: "other" });
    bench.expect(await take(bench, 10, "other")).toEqual(["b"]);
    bench.expect(await take(bench)).toEqual(["a"]);
  });
  prove(`TAKE-1 ${table}: what is acknowledged is gone, the others stay`, async (bench) => {
    await queue.put(bench, "a", {});
    await queue.put(bench, "b", {});
    await take(bench);
    await queue.ack(bench.persistence, "a");
    bench.expect((await bench.rows(table)).map(nameOf)).toEqual(["b"]);
    await queue.ack(bench.persistence, "a");
    bench.clock.advance(HIDDEN_MS);
    bench.expect(await take(bench)).toEqual(["b"]);
  });
};

const takers = (queue: Queue, { prove }: Parameters<Cases>[0]): void => {
  prove(`TAKE-2 ${queue.table}: two takers never hold one row`, async (bench) => {
    const names = Array.from({ length: 60 }, (_, i) => `row ${i}`);
    for (const name of names) await queue.put(bench, name, {});
    const other = bench.second ? await bench.second() : bench.persistence;
    const held: string[] = [];
    const drain = async (persistence: Persistence): Promise<void> => {
      for (const _ of tries()) {
        const taken = await queue.take(persistence, 7);
        if (taken.length === 0) return;
        held.push(...taken.map(queue.nameOf));
      }
    };
    await Promise.all([bench.persistence, other, bench.persistence, other].map(drain));
    bench.expect(held.toSorted()).toEqual(names.toSorted());
  });
};

const acknowledgements: Cases = ({ prove }) => {
  prove("TAKE-1 a later dispatch of the stage is not acknowledged away", async (bench) => {
    await bench.put(insert("dispatch", { createdAt: 2_000 }));
    await bench.persistence.ackDispatch([{ stage: stageKey(), createdAt: LONG_AGO }]);
    bench.expect(await bench.rows("dispatch")).toEqual([rowOf("dispatch", { createdAt: 2_000 })]);
    await bench.persistence.ackDispatch([{ stage: stageKey(), createdAt: 2_000 }]);
    bench.expect(await bench.rows("dispatch")).toEqual([]);
  });
  prove("TAKE-1 an acknowledgement names one stage row", async (bench) => {
    const others = [{ mapIndex: 1 }, { generation: 1 }, { stageId: "b" }, { runId: "b" }];
    await bench.put(...[{}, ...others].map((part) => insert("dispatch", part)));
    await bench.persistence.ackDispatch([{ stage: stageKey(), createdAt: LONG_AGO }]);
    bench.expect((await bench.rows("dispatch")).length).toBe(others.length);
    const acks = others.map((part) => ({ stage: stageKey(part), createdAt: LONG_AGO }));
    await bench.persistence.ackDispatch(acks);
    bench.expect(await bench.rows("dispatch")).toEqual([]);
  });
  prove("TAKE-1 acknowledging nothing, or many at once", async (bench) => {
    const ids = Array.from({ length: 200 }, (_, i) => `intent ${i}`);
    for (const id of ids) await bench.put(insert("intents", { id }));
    await bench.persistence.ackIntents([]);
    await bench.persistence.ackDispatch([]);
    bench.expect((await bench.rows("intents")).length).toBe(200);
    await bench.persistence.ackIntents([...ids, "unknown"]);
    bench.expect(await bench.rows("intents")).toEqual([]);
  });
};
