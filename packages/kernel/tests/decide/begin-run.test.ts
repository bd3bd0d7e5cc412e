import { describe, expect, it } from "vitest";
import { type CreateRun, decideCreateRun } from "../../src/decide/create-run.ts";
import { SETTLED } from "../../src/decide/draft.ts";
import { decideStartRun } from "../../src/decide/start-run.ts";
import { workflowOf } from "../support/graphs.ts";
import {
  NOW,
  planOf,
  RUN_STATUSES,
  runColumns,
  snapshotOf,
  stageColumns,
  stageRow,
  writesOf,
} from "../support/rows.ts";

const STRICT = { kind: "rev", runId: "r", rev: 3 };

describe("create", () => {
  const create = (parts: Partial<CreateRun> = {}) =>
    decideCreateRun({
      commitId: "c",
      runId: "r",
      namespace: "n",
      workflow: workflowOf({ a: {}, b: {}, j: { after: ["a", "b"] }, z: { after: ["j"] } }),
      input: "i1",
      config: null,
      blobWrites: [],
      blobGuards: [],
      seed: "s",
      queue: "default",
      priority: 0,
      labels: {},
      actor: "ada",
      startAt: null,
      idempotency: null,
      ageingMs: 100,
      delivers: false,
      ...parts,
    });

  it("– → running: writes the run, its roots ready and its joins blocked, in one commit", () => {
    const plan = create();
    expect(plan.guards).toEqual([]);
    expect(writesOf(plan)).toEqual([
      "insert runs r",
      "insert stages a",
      "insert stages b",
      "insert stages j",
    ]);
    expect(plan.writes[0]).toMatchObject({
      row: { status: "running", rev: 1, sinksPending: 1, startAt: null, sinkRev: null },
    });
    expect(stageColumns(plan, "a")).toMatchObject({ status: "ready", fence: 0, joinPending: 0 });
    expect(stageColumns(plan, "j")).toMatchObject({ status: "blocked", joinPending: 2 });
    expect(plan.events).toMatchObject([
      { type: "run.created", actor: "ada", data: { opens: ["a", "b"], blocks: ["j"] } },
    ]);
  });

  it("– → pending: with a start time everything is written and nothing may start", () => {
    const plan = create({ startAt: NOW });
    expect(plan.writes[0]).toMatchObject({ row: { status: "pending", startAt: NOW } });
    expect(writesOf(plan)).toEqual(writesOf(create()));
    for (const id of ["a", "b", "j"]) expect(stageColumns(plan, id).status).toBe("blocked");
    expect(stageColumns(plan, "a").joinPending).toBe(0);
    expect(plan.events).toMatchObject([
      { data: { status: "pending", opens: [], blocks: ["a", "b", "j"] } },
    ]);
  });

  it("with time limits counts them from when the run may start", () => {
    const limited = { ...workflowOf({ a: {} }), runTimeoutMs: 70, startTimeoutMs: 30 };
    const now = create({ workflow: limited });
    expect(now.writes[0]).toMatchObject({ row: { deadline: { dbNow: 70 } } });
    expect(stageColumns(now, "a").startDeadline).toEqual({ dbNow: 30 });
    const later = create({ workflow: limited, startAt: NOW });
    expect(later.writes[0]).toMatchObject({ row: { deadline: NOW + 70 } });
    expect(stageColumns(later, "a").startDeadline).toBe(NOW + 30);
  });

  it("with a key guards its absence and stores it with the input's hash", () => {
    const plan = create({ idempotency: { key: "k", inputHash: "h" } });
    const key = { namespace: "n", scope: "w", key: "k" };
    expect(plan.guards).toEqual([{ kind: "absent", row: { table: "idempotency", key } }]);
    const stored = plan.writes.find((w) => "table" in w && w.table === "idempotency");
    expect(stored).toMatchObject({ row: { ...key, runId: "r", inputHash: "h", version: 1 } });
  });

  it("ranks stages by priority: a higher one counts as waiting longer", () => {
    const plan = create({
      priority: 5,
      workflow: workflowOf({ a: {}, b: { options: { priority: 1 } } }),
    });
    expect(stageColumns(plan, "a")).toMatchObject({ priority: 5, claimRank: { dbNow: -500 } });
    expect(stageColumns(plan, "b")).toMatchObject({ priority: 1, claimRank: { dbNow: -100 } });
  });

  it("counts each sink, and starts deliveries at rev 0 where a sink for events exists", () => {
    const plan = create({ workflow: workflowOf({ a: {}, b: {}, c: {} }), delivers: true });
    expect(plan.writes[0]).toMatchObject({ row: { sinksPending: 3, sinkRev: 0 } });
  });
});

describe("start", () => {
  const start = { commitId: "c", ageingMs: 100 };
  const due = { status: "pending", startAt: NOW } as const;
  const stages = [
    stageRow("a", "blocked", { priority: 2 }),
    stageRow("d", "blocked", { joinPending: 2 }),
  ];

  it("pending → running when the start time has come: the roots are ready, the joins wait", () => {
    const plan = planOf(decideStartRun(snapshotOf(due, stages), start));
    expect(plan.guards).toEqual([STRICT]);
    expect(writesOf(plan)).toEqual(["update runs r", "update stages a"]);
    expect(runColumns(plan)).toEqual({ status: "running", deadline: null });
    expect(stageColumns(plan, "a")).toEqual({
      status: "ready",
      startDeadline: null,
      availableAt: { dbNow: 0 },
      claimRank: { dbNow: -200 },
    });
    expect(plan.events).toMatchObject([{ type: "run.started", data: { opens: ["a"] } }]);
  });

  it("does nothing before it, without one, and for a run that is not pending", () => {
    expect(decideStartRun(snapshotOf({ ...due, startAt: NOW + 1 }), start)).toBe(SETTLED);
    expect(decideStartRun(snapshotOf({ ...due, startAt: null }), start)).toBe(SETTLED);
    for (const status of RUN_STATUSES.filter((s) => s !== "pending")) {
      expect(decideStartRun(snapshotOf({ ...due, status }), start)).toBe(SETTLED);
    }
  });
});
