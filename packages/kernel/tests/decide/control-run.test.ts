import { describe, expect, it } from "vitest";
import { decideCancelRun } from "../../src/decide/cancel-run.ts";
import { SETTLED } from "../../src/decide/draft.ts";
import { decidePauseRun } from "../../src/decide/pause-run.ts";
import { decideResumeRun } from "../../src/decide/resume-run.ts";
import { isTerminalRun, RUN_EDGES, type RunStatus } from "../../src/state/run.ts";
import {
  planOf,
  RUN_STATUSES,
  runColumns,
  snapshotOf,
  stagesWrite,
  writesOf,
} from "../support/rows.ts";

const BY = { commitId: "c", actor: "ada", reason: "because" };
const STRICT = { kind: "rev", runId: "r", rev: 3 };

const ended = (status: RunStatus) => ({ status, endedAt: isTerminalRun(status) ? 5 : null });

const OPEN = ["blocked", "ready", "running", "suspended"];

describe("pause", () => {
  it("running → paused: holds every open stage that is not held for another reason", () => {
    const plan = planOf(decidePauseRun(snapshotOf({}), BY));
    expect(plan.guards).toEqual([STRICT]);
    expect(writesOf(plan)).toEqual(["update runs r", "updateStages r", "insert audit c"]);
    expect(runColumns(plan)).toEqual({ status: "paused" });
    expect(stagesWrite(plan)).toMatchObject({
      where: { status: OPEN, held: false },
      set: { held: true, holdReason: "paused" },
    });
    expect(plan.events).toMatchObject([
      { type: "run.paused", actor: "ada", data: { reason: "because" } },
    ]);
  });

  it.each(RUN_STATUSES)("from %s", (status) => {
    const decision = decidePauseRun(snapshotOf(ended(status)), BY);
    if (status === "paused") expect(decision).toBe(SETTLED);
    else if (status === "running") expect(runColumns(planOf(decision)).status).toBe("paused");
    else {
      const rejected = isTerminalRun(status) ? "terminal" : "state";
      expect(decision).toEqual({ rejected, message: expect.stringContaining(`is ${status}`) });
    }
  });
});

describe("resume", () => {
  it("paused → running: releases what pause held and nothing else", () => {
    const plan = planOf(decideResumeRun(snapshotOf({ status: "paused" }), BY));
    expect(plan.guards).toEqual([STRICT]);
    expect(writesOf(plan)).toEqual(["update runs r", "updateStages r", "insert audit c"]);
    expect(stagesWrite(plan)).toMatchObject({
      where: { held: true, holdReason: "paused" },
      set: { held: false, holdReason: null },
    });
    expect(plan.events).toMatchObject([{ type: "run.resumed", actor: "ada" }]);
  });

  it.each(RUN_STATUSES)("from %s", (status) => {
    const decision = decideResumeRun(snapshotOf(ended(status)), BY);
    if (status === "running") expect(decision).toBe(SETTLED);
    else if (status === "paused") expect(runColumns(planOf(decision)).status).toBe("running");
    else {
      const rejected = isTerminalRun(status) ? "terminal" : "state";
      expect(decision).toEqual({ rejected, message: expect.stringContaining(`is ${status}`) });
    }
  });
});

describe.each(["cancel", "terminate"] as const)("%s", (verb) => {
  const cancel = { ...BY, verb };

  it("ends every open stage with a higher fence, closes open waits, and says who and why", () => {
    const plan = planOf(decideCancelRun(snapshotOf({}), cancel));
    expect(plan.guards).toEqual([STRICT]);
    expect(writesOf(plan)).toEqual([
      "update runs r",
      "updateStages r",
      "closeWaits r",
      "insert audit c",
    ]);
    expect(runColumns(plan)).toEqual({
      status: "cancelled",
      outcome: "cancelled",
      endedAt: { dbNow: 0 },
      actor: "ada",
      reason: "because",
    });
    expect(stagesWrite(plan)).toMatchObject({
      where: { status: OPEN },
      raiseFence: true,
      set: {
        status: "cancelled",
        held: false,
        holdReason: null,
        wakeAt: null,
        session: null,
        sessionEpoch: null,
        endedAt: { dbNow: 0 },
      },
    });
    expect(plan.writes.at(-1)).toMatchObject({
      row: { verb: `run.${verb}`, actor: "ada", reason: "because", runId: "r", namespace: "n" },
    });
    expect(plan.events).toMatchObject([
      { type: "run.cancelled", actor: "ada", data: { reason: "because" } },
    ]);
  });

  it.each(RUN_STATUSES)("from %s", (status) => {
    const decision = decideCancelRun(snapshotOf(ended(status)), cancel);
    if (status === "cancelled") expect(decision).toBe(SETTLED);
    else if (isTerminalRun(status)) {
      expect(decision).toEqual({
        rejected: "terminal",
        message: expect.stringContaining(`ended as ${status}`),
      });
    } else {
      expect(runColumns(planOf(decision)).status).toBe("cancelled");
      expect(RUN_EDGES[status]).toContain("cancelled");
    }
  });
});
