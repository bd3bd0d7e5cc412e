import type { CommitPlan, Guard } from "@pawl/kernel/ports";
import { fromDbNow } from "@pawl/kernel/ports";
import {
  cancelPlan,
  claimOf,
  eventOf,
  insert,
  owned,
  planOf,
  rowOf,
  runOf,
  session,
  stageKey,
  stageOf,
  stepPlan,
} from "@pawl/test-parts/plans";
import { describe, expect, test } from "vitest";
import { postgresDialect } from "../../src/dialects/postgres.ts";
import { claimStatement } from "../../src/postgres/claim-statement.ts";
import { commitStatement } from "../../src/postgres/commit-statement.ts";
import { createSchema, type Schema } from "../../src/statements/schema.ts";

const schema = createSchema(postgresDialect, "", "pawl");
const key = stageKey("run");

const GUARDS: Readonly<Record<string, Guard>> = {
  run: { kind: "live", runId: "run", status: ["running"], inbox: 2 },
  stage: { kind: "stage", key, fence: 1, status: "running" },
  absent: { kind: "absent", row: { table: "runs", key: { id: "run" } } },
  version: { kind: "version", row: { table: "workers", key: { id: "w" } }, version: 1 },
  session: { kind: "session", ...session },
  notCondemned: { kind: "notCondemned", hash: "hash" },
};

const PLANS: Readonly<Record<string, Partial<CommitPlan>>> = {
  "step record": stepPlan("run", 1),
  "linear end": {
    guards: [{ kind: "rev", runId: "run", rev: 3 }, owned("run")],
    writes: [
      { op: "update", table: "stages", key, set: { status: "completed", endedAt: fromDbNow() } },
      stageOf("run", { stageId: "next" }),
    ],
    events: [eventOf("run")],
  },
  start: {
    guards: [{ kind: "absent", row: { table: "runs", key: { id: "run" } } }],
    writes: [runOf("run", { rev: 1 }), stageOf("run")],
    events: [eventOf("run")],
    dispatch: [rowOf("dispatch", { runId: "run" })],
  },
  "branch end": {
    guards: [{ kind: "live", runId: "run", inbox: 0 }, owned("run")],
    writes: [
      { op: "add", table: "stages", key, column: "joinPending", by: -1 },
      { op: "add", table: "runs", key: { id: "run" }, column: "inbox", by: 1 },
    ],
    events: [eventOf("run")],
  },
  cancel: cancelPlan("run", { rev: 3, except: [key] }),
  "without event": {
    guards: [{ kind: "session", ...session }],
    writes: [{ op: "delete", table: "slots", key: { namespace: "n", slotKey: "k" } }],
  },
};

const textOf = (of: Schema, ...plans: readonly Partial<CommitPlan>[]): string =>
  commitStatement(of, plans.map(planOf), { now: null }).statement.text;

/** One table expression a line. */
const lines = (text: string): readonly string[] => text.split(/, (?=\w+ AS )/);

describe("the statement", () => {
  test.each(Object.entries(PLANS))("of a %s is this", (_, plan) => {
    expect(lines(textOf(schema, plan))).toMatchSnapshot();
  });

  test.each(Object.entries(GUARDS))("of a guard on a %s is this", (_, guard) => {
    expect(lines(textOf(schema, { guards: [guard] }))).toMatchSnapshot();
  });

  test("of a claim is this", () => {
    expect(lines(claimStatement(schema, claimOf({ limit: 10 }), null).text)).toMatchSnapshot();
  });

  test("of a batch is that of one plan, whatever their number and values", () => {
    for (const [name, plan] of Object.entries(PLANS)) {
      const of = createSchema(postgresDialect);
      const many = Array.from({ length: 64 }, () => plan);
      expect(textOf(of, ...many), name).toBe(textOf(of, plan));
    }
    const kinds = Object.values(PLANS);
    expect(textOf(schema, ...kinds)).toBe(textOf(schema, ...kinds.toReversed()));
  });

  test("of a batch of steps is short", () => {
    expect(textOf(schema, stepPlan("a", 1), stepPlan("b", 1)).length).toBeLessThan(2_500);
  });

  test("has a placeholder for each value and no value in it [108]", () => {
    for (const plan of [...Object.values(PLANS), { guards: Object.values(GUARDS) }]) {
      const { text, params } = commitStatement(schema, [planOf(plan)], { now: null }).statement;
      expect(text.split("?").length - 1).toBe(params.length);
    }
    const { text, params } = claimStatement(schema, claimOf({ queues: ["q"] }), null);
    expect(text.split("?").length - 1).toBe(params.length);
  });

  test("locks with each look at a row that it depends on, and never waits", () => {
    const guards = Object.values(GUARDS).filter(({ kind }) => !/absent|Condemned/.test(kind));
    for (const guard of guards) {
      expect(textOf(schema, { guards: [guard] })).toMatch(
        /FOR (NO KEY UPDATE|SHARE) OF t SKIP LOCKED/,
      );
    }
    const texts = [...Object.values(PLANS).map((plan) => textOf(schema, plan))];
    texts.push(claimStatement(schema, claimOf(), null).text);
    for (const text of texts) {
      const locks = text.match(/FOR (NO KEY UPDATE|SHARE)/g) ?? [];
      expect(text.match(/SKIP LOCKED/g) ?? []).toHaveLength(locks.length);
    }
  });

  test("uses schema and prefix for every table", () => {
    const own = createSchema(postgresDialect, "acme_", "here");
    const texts = Object.values(PLANS).map((plan) => textOf(own, plan));
    texts.push(claimStatement(own, claimOf(), null).text);
    const tables = texts.join().match(/(?<=(FROM|INTO|UPDATE|JOIN) )"[^ ]+/g) ?? [];
    expect(tables.filter((table) => !table.startsWith('"here"."acme_'))).toEqual([]);
    expect(tables.length).toBeGreaterThan(20);
  });

  test.each([
    [{ op: "insert", table: 'runs" --', row: {} }],
    [{ op: "update", table: "runs", key: { id: "a" }, set: { 'status" = 1 --': 1 } }],
    [{ op: "update", table: "waits", key: { runId: "a" }, set: { name: "a" } }],
    [{ op: "delete", table: "stages", key: { runId: "a", mapIndex: 0 } }],
    [{ op: "add", table: "runs", key: { id: "a" }, column: "rev", by: 1 }],
    [insert("runs", { seed: { a: 1 } as never })],
    [insert("runs", { rev: 1.5 })],
    [insert("stages", { held: 1 as never })],
  ])("of %j is refused as an argument", (write) => {
    expect(() => textOf(schema, { writes: [write as never] })).toThrow(
      expect.objectContaining({ code: "E_ARGUMENT_INVALID" }),
    );
  });
});
