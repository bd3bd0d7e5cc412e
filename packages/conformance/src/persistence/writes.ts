import type { Key, Row, TableName } from "@pawl/kernel/ports";
import { TABLE_NAMES, TABLES } from "@pawl/kernel/ports";
import type { Bench, Cases } from "./bench.ts";
import { highestRow, lowestRow } from "./extremes.ts";
import { add, insert, keyOf, planOf, remove, stageKey, update } from "./plans.ts";
import { rowOf } from "./rows.ts";

type Columns = Readonly<Record<string, unknown>>;
const columnsOf = (row: object): Columns => row as Columns;

/** Inserts one row; tables whose rows name their commit get a plan of that name. */
async function insertRow<T extends TableName>(bench: Bench, table: T, row: Row<T>): Promise<void> {
  const { commitId } = columnsOf(row);
  const named = (table === "steps" || table === "attempts") && typeof commitId === "string";
  const plan = planOf({ writes: [insert(table, row)], ...(named ? { commitId } : {}) });
  bench.expect(await bench.persistence.commit(plan), table).toMatchObject({ ok: true });
}

const bySortedText = (rows: readonly object[]): readonly string[] =>
  rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted();

/** COMMIT-9: every kind of write on every table. */
export const writeCases: Cases = (suite) => {
  for (const table of TABLE_NAMES) {
    insertCases(table, suite);
    updateCases(table, suite);
    deleteCases(table, suite);
  }
  addCases(suite);
  uniqueCases(suite);
  queueCases(suite);
};

const insertCases = (table: TableName, { prove }: Parameters<Cases>[0]): void => {
  prove(`COMMIT-9 insert into ${table}: every column is read back as written`, async (bench) => {
    const rows = [rowOf(table), lowestRow(table), highestRow(table)];
    for (const row of rows) await insertRow(bench, table, row);
    for (const row of rows) {
      bench.expect(await bench.row(table, keyOf(table, row))).toEqual(row);
    }
  });
  prove(`COMMIT-9 insert into ${table}: a key that is taken is refused`, async (bench) => {
    await insertRow(bench, table, rowOf(table));
    const before = await bench.everything();
    const again = { ...highestRow(table), ...keyOf(table, rowOf(table)) };
    const result = await bench.commit({
      writes: [insert("audit", { id: "b" }), insert(table, again)],
    });
    bench.expect(result).toMatchObject({ ok: false, why: "exists" });
    bench.expect(await bench.everything()).toEqual(before);
  });
};

/** Columns that a write may set: all but the key, and `rev`, which follows the events. */
const settable = (table: TableName): readonly string[] =>
  Object.keys(TABLES[table].columns).filter(
    (column) =>
      !(TABLES[table].key as readonly string[]).includes(column) &&
      !(table === "runs" && column === "rev"),
  );

const updateCases = (table: TableName, { prove }: Parameters<Cases>[0]): void => {
  prove(`COMMIT-9 update of ${table}: each column alone, and all together`, async (bench) => {
    const other = highestRow(table);
    await insertRow(bench, table, rowOf(table));
    await insertRow(bench, table, other);
    const key = keyOf(table, rowOf(table));
    let expected = columnsOf(rowOf(table));
    const set = async (values: Columns): Promise<void> => {
      expected = { ...expected, ...values };
      const result = await bench.commit({ writes: [update(table, key, values)] });
      bench.expect(result).toMatchObject({ ok: true });
      const row = await bench.row(table, key);
      bench.expect(row, Object.keys(values).join()).toEqual(expected);
    };
    const to = (row: object): Columns =>
      Object.fromEntries(settable(table).map((column) => [column, columnsOf(row)[column]]));
    for (const [column, value] of Object.entries(to({ ...other, ...freeSeq(table) }))) {
      await set({ [column]: value });
    }
    await set(to(lowestRow(table)));
    bench.expect(await bench.row(table, keyOf(table, other))).toEqual(other);
  });
  prove(`COMMIT-9 update of ${table}: rows with almost its key stay`, async (bench) => {
    const all = await putNeighbours(bench, table);
    const [key] = all.map((one) => one.key);
    const set = Object.fromEntries(
      settable(table).map((column) => [column, columnsOf(lowestRow(table))[column]]),
    );
    const before = (await bench.rows(table)).filter((row) =>
      isOneOf(keyOf(table, row as never), all),
    );
    await bench.commit({ writes: [update(table, key as Key<TableName>, set)] });
    const after = (await bench.rows(table)).filter((row) =>
      isOneOf(keyOf(table, row as never), all),
    );
    const moved = after.filter((row, i) => JSON.stringify(row) !== JSON.stringify(before[i]));
    bench
      .expect(moved.every((row) => isOneOf(keyOf(table, row as never), all.slice(0, 1))))
      .toBe(true);
    bench.expect(after.length).toBe(all.length);
  });
  prove(`COMMIT-9 update of ${table}: an absent row stays absent, no error`, async (bench) => {
    const key = keyOf(table, rowOf(table));
    const set = Object.fromEntries(
      settable(table).map((column) => [column, columnsOf(rowOf(table))[column]]),
    );
    const result = await bench.commit({ writes: [update(table, key, set)] });
    bench.expect(result).toMatchObject({ ok: true });
    bench.expect(await bench.row(table, key)).toBe(undefined);
  });
};

/** Settlement numbers are unique within a stage. */
const freeSeq = (table: TableName): Columns =>
  table === "steps" || table === "waits" ? { seq: 77 } : {};

/** The default row's key, and one key for each column that differs in nothing else. */
function neighbours<T extends TableName>(table: T): readonly { key: Key<T>; differs: number }[] {
  const key = keyOf(table, rowOf(table));
  const columns = TABLES[table].key as readonly string[];
  const changed = columns.map((column, differs) => ({
    key: { ...key, [column]: columnsOf(highestRow(table))[column] } as Key<T>,
    differs,
  }));
  return [{ key, differs: columns.length }, ...changed];
}

async function putNeighbours<T extends TableName>(
  bench: Bench,
  table: T,
): Promise<readonly { readonly key: Key<T>; readonly differs: number }[]> {
  const all = neighbours(table);
  for (const [i, { key }] of all.entries()) {
    const seq = "seq" in TABLES[table].columns ? { seq: i + 1 } : {};
    const commitId = "commitId" in columnsOf(rowOf(table)) ? { commitId: `c${i}` } : {};
    await insertRow(bench, table, { ...rowOf(table), ...seq, ...commitId, ...key });
  }
  return all;
}

const deleteCases = (table: TableName, { prove }: Parameters<Cases>[0]): void => {
  const columns = TABLES[table].key as readonly string[];
  for (let length = columns.length; length > 0; length -= 1) {
    const leading = columns.slice(0, length);
    prove(`COMMIT-9 delete from ${table} by ${leading.join(", ")}`, async (bench) => {
      const all = await putNeighbours(bench, table);
      const key = columnsOf(keyOf(table, rowOf(table)));
      const part = Object.fromEntries(leading.map((column) => [column, key[column]]));
      const gone = await bench.commit({
        guards: [],
        writes: [remove(table, part as never)],
      });
      bench.expect(gone).toMatchObject({ ok: true });
      const stays = all.filter(({ differs }) => differs < length).map(({ key: k }) => k);
      const rows = await bench.rows(table);
      const keys = rows.map((row) => keyOf(table, row as never)).filter((k) => isOneOf(k, all));
      bench.expect(bySortedText(keys)).toEqual(bySortedText(stays));
    });
  }
  prove(`COMMIT-9 delete from ${table}: an absent row is no error`, async (bench) => {
    const key = keyOf(table, rowOf(table));
    const result = await bench.commit({ writes: [remove(table, key)] });
    bench.expect(result).toMatchObject({ ok: true });
  });
};

/** Leaves out what the adapter itself adds to `commits`. */
const isOneOf = (key: object, all: readonly { readonly key: object }[]): boolean =>
  all.some((one) => JSON.stringify(one.key) === JSON.stringify(key));

const addCases: Cases = ({ prove }) => {
  const counters = [
    { table: "runs", key: { id: "run" }, column: "sinksPending" },
    { table: "runs", key: { id: "run" }, column: "inbox" },
    { table: "stages", key: stageKey(), column: "joinPending" },
  ] as const;
  for (const counter of counters) {
    const { table, key, column } = counter;
    prove(`COMMIT-9 add to ${table}.${column} answers the value after it`, async (bench) => {
      const start = { [column]: 5 };
      await bench.put(insert("runs", table === "runs" ? start : {}));
      await bench.put(insert("stages", table === "stages" ? start : {}));
      await bench.put(insert("runs", { id: "b" }), insert("stages", { mapIndex: 1 }));
      const writes = [add({ ...counter, by: 3 }), add({ ...counter, by: -10 })];
      const result = await bench.commit({ writes });
      bench.expect(result).toMatchObject({ ok: true, counters: [8, -2] });
      const row = await bench.row(table, key as never);
      bench.expect(row).toEqual({ ...rowOf(table), [column]: -2 });
      const b = await bench.row("runs", { id: "b" });
      bench.expect(b).toEqual(rowOf("runs", { id: "b" }));
      const other = await bench.row("stages", stageKey({ mapIndex: 1 }));
      bench.expect(other).toEqual(rowOf("stages", { mapIndex: 1 }));
    });
  }
  prove("COMMIT-9 add sees what the plan wrote before it", async (bench) => {
    const key = stageKey();
    const counter = { table: "stages", key, column: "joinPending" } as const;
    const result = await bench.commit({
      writes: [insert("stages", { joinPending: 2 }), add({ ...counter, by: -1 })],
    });
    bench.expect(result).toMatchObject({ ok: true, counters: [1] });
  });
  prove("COMMIT-9 add to an absent row writes nothing and is no error", async (bench) => {
    const counter = { table: "runs", key: { id: "nobody" }, column: "inbox", by: 1 } as const;
    bench.expect(await bench.commit({ writes: [add(counter)] })).toMatchObject({ ok: true });
    bench.expect(await bench.rows("runs")).toEqual([]);
  });
};

const uniqueCases: Cases = ({ prove }) => {
  prove("COMMIT-9 a step takes no seq of another step of its generation", async (bench) => {
    await insertRow(bench, "steps", rowOf("steps", { seq: 5, commitId: "a" }));
    const step = rowOf("steps", { key: "other", seq: 5, commitId: "b" });
    const result = await bench.commit({ commitId: "b", writes: [insert("steps", step)] });
    bench.expect(result).toMatchObject({ ok: false, why: "exists" });
    bench.expect((await bench.rows("steps")).length).toBe(1);
    for (const place of [{ generation: 1 }, { mapIndex: 1 }, { stageId: "b" }, { runId: "b" }]) {
      const commitId = JSON.stringify(place);
      await insertRow(bench, "steps", { ...step, ...place, commitId });
    }
    bench.expect((await bench.rows("steps")).length).toBe(5);
  });
  prove("COMMIT-9 changing what was written, or read, changes nothing stored", async (bench) => {
    const labels = { a: "b" };
    const row = rowOf("runs", { labels });
    await bench.commit({ writes: [insert("runs", row)] });
    labels.a = "changed";
    const read = await bench.row("runs", { id: "run" });
    bench.expect(read?.labels).toEqual({ a: "b" });
    try {
      Object.assign(read?.labels ?? {}, { a: "changed" });
      Object.assign(read ?? {}, { status: "failed" });
    } catch {
      // Frozen answers are as good as copies.
    }
    const again = await bench.row("runs", { id: "run" });
    bench.expect(again).toEqual(rowOf("runs", { labels: { a: "b" } }));
  });
  prove("COMMIT-9 writes of one plan apply in the order given", async (bench) => {
    await bench.put(insert("signals"));
    const key = { runId: "run", signalId: "signal" };
    await bench.put(
      remove("signals", key),
      insert("signals", { arrival: 2 }),
      update("signals", key, { arrival: 3 }),
      update("signals", key, { consumedBy: "wait" }),
    );
    const row = await bench.row("signals", key);
    bench.expect(row).toEqual(rowOf("signals", { arrival: 3, consumedBy: "wait" }));
  });
};

const queueCases: Cases = ({ prove }) => {
  prove("COMMIT-9 dispatch of a stage that has a row replaces it", async (bench) => {
    await bench.commit({ dispatch: [rowOf("dispatch"), rowOf("dispatch", { mapIndex: 1 })] });
    const fresh = rowOf("dispatch", { attempt: 4, queue: "b", tries: 0, notBefore: 9 });
    bench.expect(await bench.commit({ dispatch: [fresh] })).toMatchObject({ ok: true });
    const row = await bench.row("dispatch", stageKey());
    bench.expect(row).toEqual(fresh);
    bench.expect((await bench.rows("dispatch")).length).toBe(2);
  });
  prove("COMMIT-9 an intent whose id is taken is refused", async (bench) => {
    await bench.commit({ intents: [rowOf("intents")] });
    const result = await bench.commit({ intents: [rowOf("intents", { command: "run.signal" })] });
    bench.expect(result).toMatchObject({ ok: false, why: "exists" });
    bench.expect(await bench.rows("intents")).toEqual([rowOf("intents")]);
  });
};
