import type { CommitPlan, Find, Guard, TableName } from "@pawl/kernel/ports";
import { columnKind, fromDbNow, TABLE_NAMES, TABLES } from "@pawl/kernel/ports";
import {
  cancelPlan,
  eventOf,
  insert,
  owned,
  planOf,
  rowOf,
  runOf,
  stageKey,
  stageOf,
  stepPlan,
} from "@pawl/test-parts/plans";
import { describe, expect, test } from "vitest";
import { sqliteDialect } from "../src/dialects/sqlite.ts";
import { compilePlan } from "../src/statements/commit.ts";
import { findStatement } from "../src/statements/find.ts";
import { diagnosePlan } from "../src/statements/refusal.ts";
import { createSchema, type Schema } from "../src/statements/schema.ts";

const schema = createSchema(sqliteDialect);
const key = stageKey("run");
const dispatch = rowOf("dispatch", { runId: "run" });
const intent = rowOf("intents", { id: "intent" });

const GUARDS: Readonly<Record<string, Guard>> = {
  rev: { kind: "rev", runId: "run", rev: 3 },
  live: { kind: "live", runId: "run" },
  inbox: { kind: "live", runId: "run", inbox: 2 },
  status: { kind: "live", runId: "run", status: ["running", "paused"] },
  "status and inbox": { kind: "live", runId: "run", status: ["running"], inbox: 2 },
  since: { kind: "live", runId: "run", since: 7 },
  stage: { kind: "stage", key, fence: 1, status: "running" },
  absent: { kind: "absent", row: { table: "runs", key: { id: "run" } } },
  version: {
    kind: "version",
    row: { table: "slots", key: { namespace: "n", slotKey: "k", holder: "h" } },
    version: 1,
  },
  session: { kind: "session", id: "session", epoch: 1 },
  notCondemned: { kind: "notCondemned", hash: "hash" },
};

const PLANS: Readonly<Record<string, Partial<CommitPlan>>> = {
  start: {
    guards: [{ kind: "absent", row: { table: "runs", key: { id: "run" } } }],
    writes: [runOf("run"), stageOf("run")],
    events: [eventOf("run")],
  },
  "step record": stepPlan("run", 1),
  "two steps": {
    ...stepPlan("run", 1),
    commitId: "c",
    writes: [insert("steps", { key: "a", commitId: "c" }), insert("steps", { key: "b", seq: 1 })],
  },
  "failed step attempt": {
    commitId: "c",
    guards: [owned("run")],
    writes: [insert("attempts", { runId: "run", commitId: "c" })],
  },
  "stage end": {
    guards: [{ kind: "rev", runId: "run", rev: 3 }, owned("run")],
    writes: [
      { op: "update", table: "stages", key, set: { status: "completed", endedAt: fromDbNow() } },
      stageOf("run", { stageId: "next" }),
      { op: "update", table: "runs", key: { id: "run" }, set: { sinksPending: 1 } },
    ],
    events: [eventOf("run"), eventOf("run")],
    dispatch: [dispatch],
  },
  "branch end": {
    guards: [{ kind: "live", runId: "run", inbox: 0 }, owned("run")],
    writes: [{ op: "add", table: "stages", key, column: "joinPending", by: -1 }],
    events: [eventOf("run")],
  },
  cancel: cancelPlan("run", { rev: 3 }),
  "cancel beside a stage that ends": cancelPlan("run", { rev: 3, except: [key] }),
  pause: {
    guards: [{ kind: "rev", runId: "run", rev: 3 }],
    writes: [
      {
        op: "updateStages",
        runId: "run",
        where: { status: ["ready"], held: false },
        set: { held: true, holdReason: "paused" },
      },
    ],
    events: [eventOf("run")],
  },
  resume: {
    guards: [{ kind: "rev", runId: "run", rev: 3 }],
    writes: [
      {
        op: "updateStages",
        runId: "run",
        where: { held: true, holdReason: "paused" },
        set: { held: false, holdReason: null },
      },
    ],
    events: [eventOf("run")],
  },
  "without event": {
    guards: [{ kind: "session", id: "session", epoch: 1 }],
    writes: [{ op: "delete", table: "slots", key: { namespace: "n", slotKey: "k" } }],
    intents: [intent],
  },
};

const textsOf = (plan: Partial<CommitPlan>, of: Schema = schema) =>
  compilePlan(of, planOf(plan), 1_000).statements.map(({ text }) => text);

describe("the texts of a plan", () => {
  test.each(Object.entries(PLANS))("of a %s are these", (_, plan) => {
    expect(textsOf(plan)).toMatchSnapshot();
  });

  test.each(Object.entries(GUARDS))("of a guard %s are these", (_, guard) => {
    expect(textsOf({ guards: [guard] })[0]).toMatchSnapshot();
    expect(diagnosePlan(schema, planOf({ guards: [guard] })).statements[1]?.text).toMatchSnapshot();
  });

  test("of the search for a commuting plan begin after the rev it was decided on", () => {
    const decided = (guard: object): readonly unknown[] => {
      const guards = [{ kind: "live", runId: "run", ...guard } as Guard];
      const writes = [insert("signals", { runId: "run" })];
      const plan = planOf({ commitId: "c", guards, writes, events: [eventOf("run")] });
      return diagnosePlan(schema, plan).statements[0]?.params ?? [];
    };
    expect(decided({ since: 41 })).toEqual(["run", 41, "c"]);
    expect(decided({})).toEqual(["run", 0, "c"]);
    expect(decided({ since: 41, runId: "other" })).toEqual(["run", 0, "c"]);
  });

  test("are one for a step and as many as writes for more", () => {
    expect(textsOf(PLANS["step record"]!)).toHaveLength(1);
    expect(textsOf(PLANS["failed step attempt"]!)).toHaveLength(1);
    expect(textsOf(PLANS["two steps"]!)).toHaveLength(3);
  });

  test("are the same strings for every plan of one shape, whatever its values", () => {
    const of = createSchema(sqliteDialect);
    for (const [name, plan] of Object.entries(PLANS)) {
      const first = compilePlan(of, planOf(plan), 1).statements;
      const second = compilePlan(of, planOf(plan), 2).statements;
      expect(
        second.map(({ text }) => text),
        name,
      ).toEqual(first.map(({ text }) => text));
      const marks = first.map(({ text }) => text.split("?").length - 1);
      expect(
        first.map(({ params }) => params.length),
        name,
      ).toEqual(marks);
    }
  });

  test("hold all guards in the first and no other", () => {
    const guards = Object.values(GUARDS);
    const [first, ...rest] = compilePlan(
      schema,
      planOf({ ...PLANS["stage end"], guards }),
      7,
    ).statements;
    const conditions = ["rev = +?", "inbox = +?", "NOT IN ('completed'", "fence = +?"];
    for (const condition of [...conditions, "version = +?", "expires_at > +?", "hash = +?"]) {
      expect(first?.text).toContain(condition);
      for (const { text } of rest) expect(text).not.toContain(` AND ${condition}`);
    }
  });

  test("never read before they write: no plan checks, then acts [109]", () => {
    for (const [name, plan] of Object.entries(PLANS)) {
      const verbs = textsOf(plan).map((text) => /^\w+/.exec(text)?.[0]);
      const reads = verbs.indexOf("SELECT");
      const writesAfterIt = reads < 0 ? [] : verbs.slice(reads).filter((verb) => verb !== "SELECT");
      expect({ name, first: verbs[0] === "SELECT", writesAfterIt }).toEqual({
        name,
        first: false,
        writesAfterIt: [],
      });
    }
  });

  test("stand many guards", () => {
    const guards = Array.from({ length: 700 }, (_, i) => ({
      kind: "notCondemned" as const,
      hash: `hash ${i}`,
    }));
    const depth = (textsOf({ guards })[0]?.match(/\(+EXISTS|NOT/g) ?? []).length;
    expect(depth).toBe(700);
    expect(textsOf({ guards })[0]).not.toMatch(/\({20}/);
  });

  test("use the prefix for every table [108]", () => {
    const texts = Object.values(PLANS).flatMap((plan) =>
      textsOf(plan, createSchema(sqliteDialect, "acme_")),
    );
    const tables = texts.join().match(/(?<=(FROM|INTO|UPDATE) )"\w+"/g) ?? [];
    expect(tables.filter((table) => !table.startsWith('"acme_'))).toEqual([]);
    expect(tables.length).toBeGreaterThan(20);
  });
});

test.each(TABLE_NAMES)("a list of %s names no payload column [116]", (table) => {
  const find = { table, where: {}, limit: 10 } as Find<TableName>;
  const named = (text: string): readonly string[] =>
    Object.entries(TABLES[table].columns)
      .filter(([, spec]) => columnKind(spec) === "payload")
      .map(([field]) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
      .filter((column) => new RegExp(`\\b${column}\\b`).test(text));
  const payloads = Object.values(TABLES[table].columns).filter(
    (spec) => columnKind(spec) === "payload",
  );
  expect(named(findStatement(schema, find).text)).toEqual([]);
  expect(named(findStatement(schema, { ...find, payloads: true }).text)).toHaveLength(
    payloads.length,
  );
});

describe("a plan that names what there is not", () => {
  const cases: Readonly<Record<string, unknown>> = {
    "a table": { op: "insert", table: 'runs" --', row: {} },
    "a column": { op: "update", table: "runs", key: { id: "a" }, set: { 'status" = 1 --': 1 } },
    "an inherited name": { op: "update", table: "runs", key: { id: "a" }, set: { valueOf: 1 } },
    "no key": { op: "update", table: "runs", key: {}, set: { status: "failed" } },
    "no part of a key": { op: "delete", table: "runs", key: {} },
    "a key with a gap": { op: "delete", table: "stages", key: { runId: "a", mapIndex: 0 } },
    "the wrong part of a key": { op: "delete", table: "events", key: { rev: 1 } },
    "a column that is no counter": {
      op: "add",
      table: "runs",
      key: { id: "a" },
      column: "rev",
      by: 1,
    },
  };
  test.each(Object.entries(cases))("(%s) is refused as an argument", (_, write) => {
    expect(() => textsOf({ writes: [write as never] })).toThrow(
      expect.objectContaining({ code: "E_ARGUMENT_INVALID" }),
    );
  });
});
