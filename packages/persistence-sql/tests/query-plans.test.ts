import type { SweepKind } from "@pawl/kernel/ports";
import {
  cancelPlan,
  eventOf,
  insert,
  owned,
  planOf,
  runOf,
  session,
  stageKey,
  stageOf,
  stepPlan,
} from "@pawl/test-parts/plans";
import { describe, expect, test } from "vitest";
import { compilePlan } from "../src/statements/commit.ts";
import { countStatement, findStatement } from "../src/statements/find.ts";
import { beatStatement, ownedStatement } from "../src/statements/heartbeat.ts";
import { snapshotReads } from "../src/statements/load.ts";
import { diagnosePlan } from "../src/statements/refusal.ts";
import type { Statement } from "../src/statements/statement.ts";
import { sweepStatement } from "../src/statements/sweep.ts";
import { takeStatement } from "../src/statements/take.ts";
import { planLines, scansOf, schema, sortsOf } from "./explain.ts";

const KINDS: Readonly<Record<SweepKind, readonly string[]>> = {
  startDue: ["runs_start_due"],
  wakeDue: ["stages_wake"],
  sessionExpired: ["workers_expiry"],
  runDeadline: ["runs_deadline"],
  startDeadline: ["runs_start_deadline", "stages_start_deadline"],
  joinReady: ["stages_joins"],
  undispatched: ["stages_undispatched"],
  undelivered: ["runs_undelivered"],
  stranded: ["runs_live", "stages_session"],
  commitsOld: ["commits_at"],
  tombstones: ["blob_tombstones_at"],
};

describe("sweeps", () => {
  test.each(Object.entries(KINDS))("%s is served by its index, in its order", (kind, indexes) => {
    const request = { namespace: "n", kinds: [kind as SweepKind], limit: 10 };
    const statement = sweepStatement(schema, request, 1);
    const searches = planLines(statement).filter((line) => line.startsWith("SEARCH t "));
    expect(searches.map((line) => /INDEX (\w+)/.exec(line)?.[1])).toEqual(indexes);
    expect(scansOf(statement)).toEqual([]);
    expect(sortsOf(statement)).toEqual([]);
  });

  test.each(["joinReady", "stranded"] as const)("%s of own definitions goes by it too", (kind) => {
    const request = { namespace: "n", kinds: [kind], limit: 10, definitions: ["a", "b"] };
    const statement = sweepStatement(schema, request, 1);
    expect(planLines(statement).join("\n")).toContain(`INDEX ${KINDS[kind][0]}`);
    expect([...scansOf(statement), ...sortsOf(statement)]).toEqual([]);
  });

  test("of all kinds are one statement without a scan", () => {
    const kinds = Object.keys(KINDS) as SweepKind[];
    expect(scansOf(sweepStatement(schema, { namespace: "n", kinds, limit: 10 }, 1))).toEqual([]);
  });
});

const run = { kind: "rev", runId: "run", rev: 1 } as const;
const take = { namespace: "n", limit: 1, visibleAfterMs: 1, now: 1 };
const commuting = planOf({
  guards: [{ kind: "live", runId: "run", status: ["running", "paused"], since: 1 }],
  writes: [insert("signals", { runId: "run" })],
  events: [eventOf("run")],
});
const all = { stages: "current", waits: true, signals: true } as const;
const create = planOf({ writes: [runOf("run"), stageOf("run")], events: [eventOf("run")] });
const end = planOf({
  guards: [run, owned("run")],
  writes: [
    { op: "update", table: "stages", key: stageKey("run"), set: { status: "completed" } },
    { op: "delete", table: "signals", key: { runId: "run" } },
    { op: "add", table: "runs", key: { id: "run" }, column: "inbox", by: 1 },
  ],
  events: [eventOf("run")],
});

test.each<[string, readonly Statement[]]>([
  ["a step", compilePlan(schema, stepPlan("run", 1), 1).statements],
  ["a start", compilePlan(schema, create, 1).statements],
  ["a stage end", compilePlan(schema, end, 1).statements],
  ["a cancel", compilePlan(schema, cancelPlan("run", { rev: 1 }), 1).statements],
  [
    "a cancel beside what it names",
    compilePlan(schema, cancelPlan("run", { rev: 1, except: [stageKey("run")] }), 1).statements,
  ],
  ["a commuting event", compilePlan(schema, commuting, 1).statements],
  ["a refusal of a commuting event", diagnosePlan(schema, commuting).statements],
  ["a refusal of a stage end", diagnosePlan(schema, end).statements],
  ["a refusal of a step", diagnosePlan(schema, stepPlan("run", 1)).statements],
  ["a snapshot", snapshotReads(schema, "run", all).statements],
  ["a snapshot of keys", snapshotReads(schema, "run", { stages: [stageKey("run")] }).statements],
  ["a heartbeat", [beatStatement(schema, session, { ttlMs: 1, load: 0, now: 1 })]],
  ["what a session owns", [ownedStatement(schema, session)]],
  ["taken intents", [takeStatement(schema, "intents", take)]],
  ["taken dispatch rows", [takeStatement(schema, "dispatch", take)]],
])("%s is read without a scan", (_, statements) => {
  expect(statements.flatMap(scansOf)).toEqual([]);
});

test.each([undefined, [stageKey("run")]])("a set-wise write reads its run alone", (except) => {
  const plan = cancelPlan("run", { rev: 1, ...(except ? { except } : {}) });
  const searches = compilePlan(schema, plan, 1)
    .statements.filter(({ text }) => /^UPDATE "(stages|waits)"/.test(text))
    .map((statement) => planLines(statement)[0]);
  expect(searches).toEqual([
    expect.stringMatching(/^SEARCH stages USING INDEX sqlite_autoindex_stages_1 \(run_id=\?/),
    expect.stringMatching(/^SEARCH waits USING INDEX waits_open \(run_id=\?/),
  ]);
});

test.each([{}, { queue: { in: ["a", "b"] } }])("suspects are counted by their index", (queues) => {
  const count = countStatement(schema, {
    table: "stages",
    where: {
      namespace: "n",
      suspect: true,
      held: false,
      status: "ready",
      definition: { in: ["a", "b"] },
      availableAt: { lt: 1 },
      ...queues,
    },
    max: 1,
  });
  expect(planLines(count).join()).toContain("INDEX stages_suspects (namespace=?");
  expect(scansOf(count).filter((line) => !line.includes("VIRTUAL"))).toEqual(["SCAN c"]);
});

test("runs are listed by their instant without a sort [115]", () => {
  const list = findStatement(schema, {
    table: "runs",
    where: { namespace: "n" },
    orderBy: ["createdAt", "id"],
    after: [1, "a"],
    descending: true,
    limit: 50,
  });
  expect(planLines(list).join()).toContain("runs_listing (namespace=?");
  expect([...scansOf(list), ...sortsOf(list)]).toEqual([]);
});
