import type { Condition, Find, Row, TableName, Where } from "@pawl/kernel/ports";
import { tries } from "./barrier.ts";
import type { Bench, Cases } from "./bench.ts";
import { insert, stageKey } from "./plans.ts";
import { rowOf } from "./rows.ts";

const ids = (rows: readonly { readonly id: string }[]): readonly string[] =>
  rows.map(({ id }) => id);

const findRuns = async (bench: Bench, part: Partial<Find<"runs">>): Promise<readonly string[]> =>
  ids(await bench.persistence.query.find({ table: "runs", where: {}, limit: 100, ...part }));

/** Five runs that differ in one column of each kind. */
const put = (bench: Bench): Promise<void> =>
  bench.put(
    insert("runs", { id: "a", priority: 1, deadline: 50, queue: "q1", labels: { a: "1" } }),
    insert("runs", { id: "b", priority: 3, queue: "q2", labels: { a: "1", b: "2" } }),
    insert("runs", { id: "c", priority: 2, deadline: 40, queue: "q1", status: "failed" }),
    insert("runs", { id: "d", priority: 3, deadline: 60, queue: "q3", labels: { b: "1" } }),
    insert("runs", { id: "e", priority: -1, queue: "q1", labels: { a: "1%", "x'y": '"' } }),
  );

/** QUERY-1 and -2. */
export const findCases: Cases = (suite) => {
  conditions(suite);
  orders(suite);
  pages(suite);
  payloads(suite);
  counts(suite);
};

const FILTERS: readonly (readonly [string, Where<"runs">, string])[] = [
  ["everything", {}, "a b c d e"],
  ["an equal text", { queue: "q1" }, "a c e"],
  ["an equal number", { priority: 3 }, "b d"],
  ["the key", { id: "c" }, "c"],
  ["one of a list of texts", { queue: { in: ["q2", "q3", "q9"] } }, "b d"],
  ["one of a list of numbers", { priority: { in: [1, -1] } }, "a e"],
  ["one of an empty list", { queue: { in: [] } }, ""],
  ["greater than a number", { priority: { gt: 2 } }, "b d"],
  ["less than a number", { priority: { lt: 2 } }, "a e"],
  ["between two numbers, without them", { priority: { gt: -1, lt: 3 } }, "a c"],
  ["greater than a text", { id: { gt: "c" } }, "d e"],
  ["less than a text", { id: { lt: "c" } }, "a b"],
  ["less than an instant, never null", { deadline: { lt: 55 } }, "a c"],
  ["greater than an instant, never null", { deadline: { gt: 45 } }, "a d"],
  ["null", { deadline: { isNull: true } }, "b e"],
  ["not null", { deadline: { isNull: false } }, "a c d"],
  ["a label", { labels: { has: { a: "1" } } }, "a b"],
  ["two labels", { labels: { has: { b: "2", a: "1" } } }, "b"],
  ["a label and not its prefix", { labels: { has: { a: "1%" } } }, "e"],
  ["a label whose name needs quoting", { labels: { has: { "x'y": '"' } } }, "e"],
  ["a label that nobody has", { labels: { has: { c: "1" } } }, ""],
  ["several columns, all of which hold", { queue: "q1", priority: { lt: 2 } }, "a e"],
  ["a condition and a label", { status: "running", labels: { has: { b: "1" } } }, "d"],
];

const conditions: Cases = ({ prove }) => {
  for (const [title, where, expected] of FILTERS) {
    prove(`QUERY-1 find and count by ${title}`, async (bench) => {
      await put(bench);
      const found = await findRuns(bench, { where });
      bench.expect(found.join(" ")).toBe(expected);
      const count = await bench.persistence.query.count("runs", where, 100);
      bench.expect(count).toBe(found.length);
    });
  }
  prove("QUERY-1 find by a boolean", async (bench) => {
    await bench.put(insert("stages"), insert("stages", { mapIndex: 1, held: true }));
    for (const held of [true, false]) {
      const where = { held };
      const rows = await bench.persistence.query.find({ table: "stages", where, limit: 10 });
      bench.expect(rows.map(({ mapIndex }) => mapIndex)).toEqual([held ? 1 : 0]);
      const listed: Condition = { in: [held] };
      const find = { table: "stages", where: { held: listed }, limit: 10 } as const;
      const same = await bench.persistence.query.find(find);
      bench.expect(same).toEqual(rows);
    }
  });
  prove("QUERY-1 get answers one whole row by its key, or undefined", async (bench) => {
    const row = { input: "i5", output: "i6", labels: { a: "b" } };
    await bench.put(insert("runs", row), insert("runs", { id: "b" }), insert("stages"));
    bench.expect(await bench.row("runs", { id: "run" })).toEqual(rowOf("runs", row));
    bench.expect(await bench.row("runs", { id: "c" })).toBe(undefined);
    bench.expect(await bench.row("stages", stageKey({ generation: 1 }))).toBe(undefined);
  });
};

const orders: Cases = ({ prove }) => {
  const cases: readonly (readonly [Partial<Find<"runs">>, string])[] = [
    [{}, "a b c d e"],
    [{ descending: true }, "e d c b a"],
    [{ orderBy: ["priority"] }, "e a c b d"],
    [{ orderBy: ["priority"], descending: true }, "d b c a e"],
    [{ orderBy: ["queue", "priority"] }, "e a c b d"],
    [{ orderBy: ["queue", "priority"], descending: true }, "d b c a e"],
    [{ orderBy: ["id"] }, "a b c d e"],
  ];
  for (const [part, expected] of cases) {
    const by = [...(part.orderBy ?? []), "key"].join(", ");
    prove(`QUERY-1 by ${by}${part.descending ? ", descending" : ""}`, async (bench) => {
      await put(bench);
      bench.expect((await findRuns(bench, part)).join(" ")).toBe(expected);
      bench
        .expect((await findRuns(bench, { ...part, limit: 2 })).join(" "))
        .toBe(expected.slice(0, 3));
    });
  }
  prove("QUERY-1 a key of several columns orders by each of them", async (bench) => {
    const keys = [
      [10, 0],
      [9, 1],
      [9, 0],
      [2, 5],
    ] as const;
    await bench.put(
      ...keys.map(([mapIndex, generation]) => insert("stages", { mapIndex, generation })),
    );
    const rows = await bench.rows("stages");
    const found = rows.map(({ mapIndex, generation }) => `${mapIndex}.${generation}`);
    bench.expect(found).toEqual(["2.5", "9.0", "9.1", "10.0"]);
  });
};

/** Values that stand for a row in `after`: those of the order, then of the rest of the key. */
const placeOf = <T extends TableName>(
  row: Row<T>,
  order: readonly (keyof Row<T>)[],
): readonly (string | number)[] => order.map((column) => row[column] as string | number);

const pages: Cases = ({ prove }) => {
  for (const descending of [false, true]) {
    const way = descending ? "descending" : "ascending";
    prove(`QUERY-1 pages ${way} give each row once, in order [115]`, async (bench) => {
      const numbers = Array.from({ length: 23 }, (_, i) => i);
      await bench.put(
        ...numbers.map((i) =>
          insert("runs", { id: `run ${i}`, priority: i % 3, queue: `q${i % 2}` }),
        ),
      );
      const find = {
        table: "runs",
        where: {},
        descending,
        orderBy: ["queue", "priority"],
      } as const;
      const whole = await bench.persistence.query.find({ ...find, limit: 100 });
      const seen: string[] = [];
      let after: readonly (string | number)[] | undefined;
      for (const _ of tries()) {
        const page = { ...find, limit: 5, ...(after ? { after } : {}) };
        const rows = await bench.persistence.query.find(page);
        seen.push(...ids(rows));
        const last = rows.at(-1);
        if (!last) break;
        after = placeOf<"runs">(last, ["queue", "priority", "id"]);
      }
      bench.expect(whole.length).toBe(23);
      bench.expect(seen).toEqual(ids(whole));
    });
  }
  prove("QUERY-1 a page after the key of a row that is gone", async (bench) => {
    await put(bench);
    bench.expect(await findRuns(bench, { after: ["bb"], limit: 2 })).toEqual(["c", "d"]);
    bench.expect(await findRuns(bench, { after: ["bb"], descending: true })).toEqual(["b", "a"]);
  });
  prove("QUERY-1 a page after a column of the key named in the order", async (bench) => {
    await bench.put(...[0, 1, 2].map((mapIndex) => insert("stages", { mapIndex })));
    const find = { table: "stages", where: {}, limit: 2, orderBy: ["mapIndex"] } as const;
    const rows = await bench.persistence.query.find({ ...find, after: [0, "run", "stage", 0] });
    bench.expect(rows.map(({ mapIndex }) => mapIndex)).toEqual([1, 2]);
  });
  prove("QUERY-1 a page keeps to its conditions", async (bench) => {
    await put(bench);
    const where = { queue: "q1" };
    bench.expect(await findRuns(bench, { where, after: ["a"], limit: 1 })).toEqual(["c"]);
  });
};

const payloads: Cases = ({ prove }) => {
  const run = { input: "i1", config: "i2", output: "i3", failure: { name: "E", message: "m" } };
  prove("QUERY-2 payloads are null unless asked for, all else is there [116]", async (bench) => {
    await bench.put(insert("runs", run));
    const find = { table: "runs", where: {}, limit: 1 } as const;
    const bare = { ...rowOf("runs", run), input: null, config: null, output: null };
    bench.expect(await bench.persistence.query.find(find)).toEqual([bare]);
    const without = await bench.persistence.query.find({ ...find, payloads: false });
    bench.expect(without).toEqual([bare]);
  });
  prove("QUERY-2 payloads come when asked for", async (bench) => {
    await bench.put(insert("runs", run));
    const find = { table: "runs", where: {}, limit: 1, payloads: true } as const;
    bench.expect(await bench.persistence.query.find(find)).toEqual([rowOf("runs", run)]);
  });
};

const counts: Cases = ({ prove }) => {
  prove("QUERY-1 a count stops at its bound", async (bench) => {
    await put(bench);
    const { query } = bench.persistence;
    bench.expect(await query.count("runs", {}, 3)).toBe(3);
    bench.expect(await query.count("runs", {}, 5)).toBe(5);
    bench.expect(await query.count("runs", {}, 6)).toBe(5);
    bench.expect(await query.count("runs", { queue: "nobody" }, 3)).toBe(0);
  });
};
