import { TABLES_OF_RUN } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { decideDeleteRun } from "../../src/decide/delete-run.ts";
import { SETTLED } from "../../src/decide/draft.ts";
import { decideExpireRun } from "../../src/decide/expire-run.ts";
import { isTerminalRun, type RunStatus } from "../../src/state/run.ts";
import {
  keyOf,
  NOW,
  planOf,
  RUN_STATUSES,
  runColumns,
  runRow,
  snapshotOf,
  stageRow,
  writesOf,
} from "../support/rows.ts";

const BY = { commitId: "c", actor: "ada", reason: "because" };
const STRICT = { kind: "rev", runId: "r", rev: 3 };

const ended = (status: RunStatus) => ({ status, endedAt: isTerminalRun(status) ? 5 : null });

describe("expire [59, 60]", () => {
  const expire = { commitId: "c" };

  it("a pending run is left alone: its limits count from its start", () => {
    const late = snapshotOf({ status: "pending", deadline: NOW });
    expect(decideExpireRun(late, expire)).toBe(SETTLED);
  });

  it("a live run past its deadline fails, suspended or not", () => {
    for (const status of ["running", "paused", "closing"] as const) {
      const plan = planOf(decideExpireRun(snapshotOf({ status, deadline: NOW }), expire));
      expect(plan.guards).toEqual([STRICT]);
      expect(runColumns(plan)).toMatchObject({
        status: "failed",
        outcome: "failed",
        failure: { code: "E_RUN_TIMEOUT", permanent: true },
      });
      expect(writesOf(plan)).toEqual(["update runs r", "updateStages r", "closeWaits r"]);
      expect(plan.events).toMatchObject([
        { type: "run.failed", data: { failure: { code: "E_RUN_TIMEOUT" } } },
      ]);
    }
  });

  it("a run that is late and past its deadline fails, whatever becomes of the late stage", () => {
    const late = [stageRow("b", "ready", { startDeadline: NOW })];
    const plan = planOf(decideExpireRun(snapshotOf({ deadline: NOW }, late), expire));
    expect(runColumns(plan).status).toBe("failed");
    expect(plan.guards).toEqual([STRICT]);
  });

  it("a stage not started by its start deadline cancels the run, with the reason", () => {
    for (const status of ["ready", "blocked"] as const) {
      const stages = [
        stageRow("a", "completed", { startedAt: 1 }),
        stageRow("b", status, { startDeadline: NOW }),
      ];
      const plan = planOf(decideExpireRun(snapshotOf({}, stages), expire));
      expect(runColumns(plan)).toMatchObject({
        status: "cancelled",
        actor: "engine",
        reason: expect.stringMatching(/E_START_EXPIRED: stage "b"/),
      });
      expect(plan.guards).toEqual([STRICT, { kind: "stage", key: keyOf("b"), fence: 2, status }]);
    }
  });

  it.each<[string, Parameters<typeof snapshotOf>]>([
    ["no limit has passed", [{ deadline: NOW + 1, startDeadline: NOW + 1 }]],
    ["there is no limit", [{}]],
    [
      "the late stage has started",
      [{}, [stageRow("a", "ready", { startDeadline: NOW, startedAt: 1 })]],
    ],
    ["the late stage is skipped", [{}, [stageRow("a", "skipped", { startDeadline: NOW })]]],
    ...["completed", "failed", "cancelled"].map(
      (status): [string, Parameters<typeof snapshotOf>] => [
        `the run is ${status}`,
        [{ status: status as RunStatus, deadline: NOW }],
      ],
    ),
  ])("does nothing when %s", (_, facts) => {
    expect(decideExpireRun(snapshotOf(...facts), expire)).toBe(SETTLED);
  });
});

describe("delete [118]", () => {
  const remove = { ...BY, verb: "delete" as const, letterIds: ["l1", "l2"], force: false };

  it.each(RUN_STATUSES)("from %s", (status) => {
    const decision = decideDeleteRun(runRow(ended(status)), remove);
    if (isTerminalRun(status)) expect(planOf(decision).guards).toEqual([STRICT]);
    else expect(decision).toEqual({ rejected: "live", message: expect.stringContaining(status) });
  });

  it("leaves a run of which the event sink has not seen everything, but with force", () => {
    const behind = runRow({ ...ended("failed"), sinkRev: 2 });
    expect(decideDeleteRun(behind, remove)).toEqual({
      rejected: "state",
      message: expect.stringContaining("outbox.flush"),
    });
    expect(planOf(decideDeleteRun(behind, { ...remove, force: true })).guards).toEqual([STRICT]);
    const seen = runRow({ ...ended("failed"), sinkRev: 3 });
    expect(planOf(decideDeleteRun(seen, remove)).guards).toEqual([STRICT]);
  });

  it("takes every row about the run, its letters and start key too, and says who did it", () => {
    const run = runRow({ ...ended("failed"), idempotencyKey: "k" });
    const plan = planOf(decideDeleteRun(run, remove));
    const tables = plan.writes.flatMap((w) => (w.op === "delete" ? [w.table] : []));
    expect(tables).toEqual([...TABLES_OF_RUN, "deadLetters", "deadLetters", "idempotency", "runs"]);
    expect(plan.writes).toContainEqual({ op: "delete", table: "deadLetters", key: { id: "l2" } });
    expect(plan.writes).toContainEqual({
      op: "delete",
      table: "idempotency",
      key: { namespace: "n", scope: "w", key: "k" },
    });
    expect(plan.writes.at(-1)).toMatchObject({ table: "audit", row: { verb: "run.delete" } });
    expect(plan.events).toEqual([]);
    const keyless = planOf(decideDeleteRun(runRow(ended("failed")), remove));
    expect(writesOf(keyless).some((w) => w.includes("idempotency"))).toBe(false);
  });
});
