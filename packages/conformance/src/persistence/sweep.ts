import type { SweepItem, SweepKind, SweepRequest, Write } from "@pawl/kernel/ports";
import { stageKeyText } from "@pawl/kernel/ports";
import type { Bench, Cases } from "./bench.ts";
import { planOf } from "./plans.ts";
import { DEFINITION } from "./row-defaults.ts";
import type { Situation } from "./sweep-situation.ts";
import { SITUATIONS } from "./sweep-situations.ts";

const requestOf = (kind: SweepKind, part: Partial<SweepRequest>): SweepRequest => ({
  namespace: "default",
  kinds: [kind],
  limit: 100,
  ...part,
});

const nameOf = (item: SweepItem): string =>
  [item.kind, item.stage ? stageKeyText(item.stage) : item.runId, item.id ?? ""].join(" ").trim();

/** Sweeps and sees that sweeping changed nothing. */
async function sweep(
  bench: Bench,
  kind: SweepKind,
  part: Partial<SweepRequest> = {},
): Promise<readonly SweepItem[]> {
  const before = await bench.everything();
  const report = await bench.persistence.sweep(requestOf(kind, part));
  bench.expect(report.dbNow).toBe(bench.clock.now());
  bench.expect(await bench.everything(), "a sweep changes nothing").toEqual(before);
  return report.items;
}

const put = async (bench: Bench, writes: readonly Write[]): Promise<void> => {
  const result = await bench.persistence.commit(planOf({ commitId: "rows of the case", writes }));
  bench.expect(result, "rows of the case").toMatchObject({ ok: true });
};

/** SWEEP-1 and -2. */
export const sweepCases: Cases = (suite) => {
  for (const situation of SITUATIONS) {
    findings(situation, suite);
    bounds(situation, suite);
  }
  owned(suite);
  together(suite);
};

const findings = (situation: Situation, { prove }: Parameters<Cases>[0]): void => {
  const { kind, found, passedOver, olderThanMs } = situation;
  const age = olderThanMs === undefined ? {} : { olderThanMs };
  for (const [title, example] of Object.entries(found)) {
    prove(`SWEEP-2 ${kind} finds ${title}`, async (bench) => {
      await put(bench, example(bench.clock.now()).rows);
      const items = (await sweep(bench, kind, age)).filter(isOfCase);
      const { item } = example(bench.clock.now());
      bench.expect(items).toEqual([{ kind, ...item, at: item.at ?? items[0]?.at }]);
    });
  }
  for (const [title, rows] of Object.entries(passedOver)) {
    prove(`SWEEP-2 ${kind} passes over ${title}`, async (bench) => {
      await put(bench, rows(bench.clock.now()));
      bench.expect((await sweep(bench, kind, age)).filter(isOfCase)).toEqual([]);
    });
  }
  if (!situation.due) return;
  const { due } = situation;
  prove(`SWEEP-1 ${kind} goes by database time, the instant included [113]`, async (bench) => {
    await put(bench, due(bench.clock.now() + 10 - (olderThanMs ?? 0)));
    bench.clock.advance(9);
    bench.expect((await sweep(bench, kind, age)).filter(isOfCase)).toEqual([]);
    bench.clock.advance(1);
    bench.expect((await sweep(bench, kind, age)).filter(isOfCase).length).toBe(1);
  });
};

/** Leaves out the adapter's own row of the commit that wrote the rows. */
const isOfCase = ({ id }: SweepItem): boolean => id !== "rows of the case";

const AGES = [
  ["a", 1],
  ["b", 3],
  ["c", 2],
  ["d", 0],
] as const;

const bounds = (situation: Situation, { prove }: Parameters<Cases>[0]): void => {
  const { kind, many, olderThanMs, due } = situation;
  const age = olderThanMs === undefined ? {} : { olderThanMs };
  prove(`SWEEP-1 ${kind} answers at most as many as asked`, async (bench) => {
    await put(
      bench,
      AGES.flatMap(([name, age]) => many(name, 2_000 + age)),
    );
    const two = await sweep(bench, kind, { ...age, limit: 2 });
    bench.expect(two.length).toBe(2);
    const all = (await sweep(bench, kind, age)).filter(isOfCase);
    bench.expect(all.length).toBe(4);
    if (!due) return;
    bench.expect(all.map(nameOf).map(lettersOf)).toEqual(["d", "a", "c", "b"]);
    bench.expect(two.map(nameOf).map(lettersOf)).toEqual(["d", "a"]);
  });
  if (situation.everyNamespace) return;
  prove(`SWEEP-1 ${kind} looks at one namespace`, async (bench) => {
    await put(bench, many("a", 2_000));
    bench.expect(await sweep(bench, kind, { ...age, namespace: "other" })).toEqual([]);
    bench.expect((await sweep(bench, kind, age)).length).toBe(1);
  });
};

/** Rows of `many` are called `name a` and the like. */
const lettersOf = (name: string): string => /name (\w)/.exec(decodeURIComponent(name))?.[1] ?? name;

/** Kinds that only a workflow's code can do something about. */
const OF_CODE = ["joinReady", "stranded"];

const owned: Cases = ({ prove }) => {
  for (const { kind, many } of SITUATIONS) {
    const isOfCode = OF_CODE.includes(kind);
    prove(`SWEEP-2 ${kind} is${isOfCode ? "" : " not"} narrowed to definitions`, async (bench) => {
      const foreign = many("a", 2_000).map((write) => withDefinition(write, "foreign"));
      await put(bench, [...foreign, ...many("b", 2_001)]);
      const names = async (definitions: readonly string[], limit = 100) => {
        const items = await sweep(bench, kind, { definitions, limit });
        return items.filter(isOfCase).map(nameOf).map(lettersOf).toSorted();
      };
      const known = (found: readonly string[]) => (isOfCode ? found : ["a", "b"]);
      bench.expect(await names(["foreign"])).toEqual(known(["a"]));
      bench.expect(await names(["another", DEFINITION])).toEqual(known(["b"]));
      bench.expect(await names([])).toEqual(known([]));
      if (isOfCode) bench.expect(await names([DEFINITION], 1)).toEqual(["b"]);
    });
  }
};

/** Foreign rows come first: they must not use up the bound. */
const withDefinition = (write: Write, definition: string): Write =>
  write.op === "insert" && (write.table === "runs" || write.table === "stages")
    ? ({ ...write, row: { ...write.row, definition } } as Write)
    : write;

const together: Cases = ({ prove }) => {
  prove("SWEEP-1 several kinds in one sweep, each with a bound of its own", async (bench) => {
    const rows = SITUATIONS.flatMap(({ kind, many }) =>
      ["a", "b", "c"].flatMap((name) => many(`${kind} ${name}`, 2_000)),
    );
    await put(bench, rows);
    const kinds = ["startDue", "wakeDue", "sessionExpired", "tombstones"] as const;
    const request = requestOf("startDue", { kinds, limit: 2, olderThanMs: 1_000 });
    const { items } = await bench.persistence.sweep(request);
    const counts = kinds.map((kind) => items.filter((item) => item.kind === kind).length);
    bench.expect(counts).toEqual([2, 2, 2, 2]);
    bench.expect(items.length).toBe(8);
  });
  prove("SWEEP-1 no kinds, no items; an empty store has none of any kind", async (bench) => {
    const none = await bench.persistence.sweep(requestOf("startDue", { kinds: [] }));
    bench.expect(none).toEqual({ items: [], dbNow: bench.clock.now() });
    const kinds = SITUATIONS.map(({ kind }) => kind);
    const { items } = await bench.persistence.sweep(requestOf("startDue", { kinds }));
    bench.expect(items).toEqual([]);
  });
};
