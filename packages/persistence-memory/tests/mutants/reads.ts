import type { FindConditions, FindParts } from "../../src/find.ts";
import { findParts } from "../../src/find.ts";
import type { LoadParts } from "../../src/load.ts";
import { loadParts, loadSnapshot } from "../../src/load.ts";
import { type MemoParts, memoParts } from "../../src/memo.ts";
import { type Mutant, replace, wrap } from "./mutant.ts";

const load = (name: string, change: Partial<LoadParts>): Mutant => ({
  name: `load ${name}`,
  clause: "LOAD-1",
  mutate: replace("load", change),
});

const memo = (name: string, change: Partial<MemoParts>): Mutant => ({
  name: `a memo page ${name}`,
  clause: "MEMO-1",
  mutate: replace("memo", change),
});

const find = (name: string, change: Partial<FindParts>, clause = "QUERY-1"): Mutant => ({
  name: `find ${name}`,
  clause,
  mutate: replace("find", change),
});

const blindTo = (condition: keyof FindConditions): Mutant =>
  find(`does not look at ${condition}`, {
    conditions: { ...findParts.conditions, [condition]: () => true },
  });

const READ_TWICE: Mutant = {
  name: "load reads in two views",
  clause: "LOAD-1",
  mutate: replace("ticks", {
    load: async (parts, tables, request) => {
      const first = loadSnapshot(parts, tables, request);
      await null;
      const second = loadSnapshot(parts, tables, request);
      return first && second && { ...second, run: first.run };
    },
  }),
};

export const READ_MUTANTS: readonly Mutant[] = [
  READ_TWICE,
  load("brings payloads of the run", { run: (run) => run }),
  load("brings payloads of stages", { stage: (stage) => stage }),
  load("brings no stages", { stages: () => [] }),
  load("brings superseded stages", {
    stages: (rows, need) => (need.stages === "current" ? rows : loadParts.stages(rows, need)),
  }),
  load("brings ended stages", {
    stages: (rows, need) => (need.stages === "open" ? rows : loadParts.stages(rows, need)),
  }),
  load("brings stages that were not named", {
    stages: (rows, need) => (Array.isArray(need.stages) ? rows : loadParts.stages(rows, need)),
  }),
  load("brings stages unasked", {
    stages: (rows, need) => loadParts.stages(rows, { stages: "current", ...need }),
  }),
  load("brings no waits", { waits: () => [] }),
  load("brings waits unasked", { waits: (rows) => loadParts.waits(rows, { waits: true }) }),
  load("brings resolved waits", { waits: (rows, { waits }) => (waits ? rows : []) }),
  load("brings no signals", { signals: () => [] }),
  load("brings signals unasked", {
    signals: (rows) => loadParts.signals(rows, { signals: true }),
  }),
  load("brings consumed signals", { signals: (rows, { signals }) => (signals ? rows : []) }),
  load("brings signals out of order", {
    signals: (...given) => loadParts.signals(...given).toReversed(),
  }),
  memo("has no steps", {
    entries: (...given) => memoParts.entries(...given).filter(({ type }) => type !== "step"),
  }),
  memo("has no waits", {
    entries: (...given) => memoParts.entries(...given).filter(({ type }) => type !== "wait"),
  }),
  memo("has steps before waits", {
    entries: (...given) =>
      memoParts
        .entries(...given)
        .toSorted((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0)),
  }),
  memo("has no markers", {
    entries: (...given) =>
      memoParts
        .entries(...given)
        .filter((entry) => entry.type === "wait" || entry.step.status !== "marker"),
  }),
  memo("has entries of other generations", {
    entries: (tables, stage) => [
      ...memoParts.entries(tables, stage),
      ...memoParts.entries(tables, { ...stage, generation: 1 }),
    ],
  }),
  memo("is not bounded by records", {
    fits: ({ records, bytes }, { bytesMax }) => records <= 1 || bytes <= bytesMax,
  }),
  memo("is not bounded by bytes", { bytes: () => 0 }),
  memo("weighs steps alone", {
    bytes: (entry) => (entry.type === "step" ? memoParts.bytes(entry) : 0),
  }),
  memo("may be empty", {
    fits: ({ records, bytes }, { recordsMax, bytesMax }) =>
      records <= recordsMax && bytes <= bytesMax,
  }),
  {
    name: "a memo page begins anew",
    clause: "MEMO-1",
    mutate: wrap(({ memoPage }) => ({
      memoPage: (stage, _, bounds) => memoPage(stage, 0, bounds),
    })),
  },
  {
    name: "a memo page never says that there is more",
    clause: "MEMO-1",
    mutate: wrap(({ memoPage }) => ({
      memoPage: async (...given) => ({ entries: (await memoPage(...given)).entries }),
    })),
  },
  ...(Object.keys(findParts.conditions) as (keyof FindConditions)[]).map(blindTo),
  find("takes labels by their prefix", {
    conditions: {
      ...findParts.conditions,
      has: (value, wanted: Readonly<Record<string, string>>) =>
        Object.entries(wanted).every(([k, v]) =>
          `${(value as Readonly<Record<string, string>>)[k]}`.startsWith(v),
        ),
    },
  }),
  find("has no bound", { limitMax: Number.MAX_SAFE_INTEGER }),
  find("orders numbers as text", {
    compare: (a, b) => findParts.compare(`${a}`, `${b}`),
  }),
  find("does not order", { compare: () => 0 }),
  find("brings payloads unasked", { withoutPayloads: (_, row) => row }, "QUERY-2"),
  {
    name: "find never brings payloads",
    clause: "QUERY-2",
    mutate: wrap(({ query }) => ({
      query: { ...query, find: ({ payloads: _, ...rest }) => query.find(rest) },
    })),
  },
  {
    name: "find forgets the page",
    clause: "QUERY-1",
    mutate: wrap(({ query }) => ({
      query: { ...query, find: ({ after: _, ...rest }) => query.find(rest) },
    })),
  },
  {
    name: "find forgets the direction",
    clause: "QUERY-1",
    mutate: wrap(({ query }) => ({
      query: { ...query, find: ({ descending: _, ...rest }) => query.find(rest) },
    })),
  },
  {
    name: "find forgets the limit",
    clause: "QUERY-1",
    mutate: wrap(({ query }) => ({
      query: { ...query, find: (one) => query.find({ ...one, limit: Math.max(one.limit, 1_000) }) },
    })),
  },
  {
    name: "count has no bound",
    clause: "QUERY-1",
    mutate: wrap(({ query }) => ({
      query: { ...query, count: (table, where) => query.count(table, where, 1_000) },
    })),
  },
  {
    name: "a closed store still answers",
    clause: "CLOSE",
    mutate: wrap(() => ({ close: async () => undefined })),
  },
];
