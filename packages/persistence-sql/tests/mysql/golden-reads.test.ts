import type { CommitPlan, Guard } from "@pawl/kernel/ports";
import {
  claimOf,
  DEFINITION,
  eventOf,
  insert,
  planOf,
  rowOf,
  stageKey,
  stepPlan,
} from "@pawl/test-parts/plans";
import { describe, expect, test } from "vitest";
import { lanesStatement, lockChosen } from "../../src/mysql/claim-lanes.ts";
import { settledRows } from "../../src/mysql/memo.ts";
import { recordOf, recordStatement } from "../../src/mysql/record.ts";
import type { MysqlStore } from "../../src/mysql/store.ts";
import { oldestStatement } from "../../src/mysql/takes.ts";
import { nextQueuesStatements } from "../../src/mysql/used-queues.ts";
import { findStatement } from "../../src/statements/find.ts";
import type { Statement } from "../../src/statements/statement.ts";
import { sweepStatement } from "../../src/statements/sweep.ts";
import { BANNED, FOREIGN, SERVERS } from "./text-store.ts";

const key = stageKey("run");
const request = () => claimOf({ queues: ["default"], exceptRuns: ["bad"] });
const lane = { queue: "default", definition: DEFINITION, count: 5 };

const READS: Readonly<Record<string, (store: MysqlStore) => readonly Statement[]>> = {
  "a step": (store) => {
    const record = recordOf(store, planOf(stepPlan("run", 1)));
    return record ? [recordStatement(store, record)] : [];
  },
  "the lanes of a claim": (store) => [lanesStatement(store, claimOf(), [lane])],
  "the locks of a claim": (store) => lockChosen(store, request(), { lanes: [lane], keys: [key] }),
  "the queues in use": ({ schema }) => nextQueuesStatements(schema, "default", ["", "default"]),
  "a memo page": ({ schema }) => [
    settledRows(schema, key, { name: "steps", stages: [], afterSeq: 0, recordsMax: 9 }),
  ],
  "a take": (store) => [
    oldestStatement(store, "intents", { namespace: "n", limit: 1, visibleAfterMs: 1 }, true),
  ],
  "a page of a list": ({ schema }) => [
    findStatement(schema, {
      table: "runs",
      where: { namespace: "n", status: { in: ["running", "paused"] }, labels: { has: { a: "b" } } },
      orderBy: ["createdAt"],
      after: [1, "run"],
      limit: 9,
    }),
  ],
  sweeps: ({ schema }) => [
    sweepStatement(
      schema,
      { namespace: "n", kinds: ["undispatched", "undelivered", "commitsOld"], limit: 9 },
      null,
    ),
  ],
};

describe.each(Object.entries(SERVERS))("the texts for %s", (name, store) => {
  test.each(Object.entries(READS))("of %s are these", (_, statements) => {
    expect(statements(store).map(({ text }) => text)).toMatchSnapshot();
  });

  test("have as many placeholders as values, and speak what this server understands [108]", () => {
    for (const { text, params } of Object.values(READS).flatMap((read) => read(store))) {
      expect(params.length, text).toBe(text.split("?").length - 1);
      expect(text).not.toMatch(FOREIGN[name] as RegExp);
      expect(text).not.toMatch(BANNED);
    }
  });

  test("of lanes are one for each power of two", () => {
    const lanes = (count: number) =>
      lanesStatement(
        store,
        request(),
        Array.from({ length: count }, () => lane),
      ).text;
    expect(lanes(3)).toBe(lanes(4));
    expect(lanes(5)).not.toBe(lanes(4));
  });
});

test("a record is recognised by its one guard, its one write and its commit id", () => {
  const store = SERVERS.MariaDB;
  const plan = stepPlan("run", 1);
  const more: readonly Partial<CommitPlan>[] = [
    { guards: [] },
    { guards: [...plan.guards, { kind: "live", runId: "run" } as Guard] },
    { writes: [...plan.writes, insert("audit", { id: "a" })] },
    { commitId: "another" },
    { events: [eventOf("run")] },
    { intents: [rowOf("intents", { id: "i" })] },
  ];
  expect(recordOf(store, plan)).toBeDefined();
  for (const part of more) expect(recordOf(store, { ...plan, ...part })).toBeUndefined();
});
