import type { Write } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { SETTLED } from "../../src/decide/draft.ts";
import { decideFailAttempt } from "../../src/decide/fail-attempt.ts";
import { decideHoldStage } from "../../src/decide/hold-stage.ts";
import {
  decideExpireWorker,
  decideReapLease,
  decideWorkerGone,
} from "../../src/decide/reap-lease.ts";
import { decideRecordStep } from "../../src/decide/record-step.ts";
import { decideOpenWaits, decideSuspendStage, earliest } from "../../src/decide/suspend-stage.ts";
import { decideWakeStage } from "../../src/decide/wake-stage.ts";
import { decideYieldStage } from "../../src/decide/yield-stage.ts";
import type { StageFacts } from "../../src/state/stage.ts";
import {
  eventTypes,
  keyOf,
  NOW,
  planOf,
  stageColumns,
  stageRow,
  waitRow,
  writesOf,
} from "../support/rows.ts";

const FAILURE = { name: "Error", message: "boom" };
const FREE = { session: null, sessionEpoch: null };
const LIVE = { kind: "live", runId: "r" };
const OWNED = { kind: "stage", key: keyOf("a"), fence: 2, status: "running" };
const RIDER: Write = { op: "delete", table: "blobRefs", key: { runId: "r", hash: "h" } };
const RIDER_GUARD = { kind: "notCondemned", hash: "h" } as const;
const ridden = { riders: [RIDER], riderGuards: [RIDER_GUARD] };
const owned = { commitId: "c", stage: keyOf("a"), fence: 2, ...ridden };

describe("a failed attempt", () => {
  const plan = decideFailAttempt({
    ...owned,
    stage: stageRow("a", "running", { attempt: 2, priority: 3 }),
    failure: FAILURE,
    outcome: "failed",
    startedAt: 10,
    endedAt: 20,
    retryInMs: 500,
    ageingMs: 100,
  });

  it("running → ready: due after the delay, one attempt more, nobody's", () => {
    expect(stageColumns(plan, "a")).toEqual({
      status: "ready",
      attempt: 3,
      availableAt: { dbNow: 500 },
      claimRank: { dbNow: 200 },
      suspect: false,
      losses: 0,
      lossesCounted: 0,
      ...FREE,
    });
  });

  it("is guarded by its owner in a run that lives, and leaves its history", () => {
    expect(plan.guards).toEqual([LIVE, OWNED, RIDER_GUARD]);
    expect(plan.writes).toContainEqual({
      op: "insert",
      table: "attempts",
      row: expect.objectContaining({
        step: "",
        stageAttempt: 2,
        attempt: 2,
        fence: 2,
        outcome: "failed",
        failure: FAILURE,
        session: "s1",
        counted: true,
        startedAt: 10,
        endedAt: 20,
        commitId: "c",
      }),
    });
    expect(plan.writes).toContain(RIDER);
    expect(plan.events).toMatchObject([
      {
        type: "stage.attemptFailed",
        ...keyOf("a"),
        data: { attempt: 2, failure: FAILURE, retryInMs: 500 },
      },
    ]);
  });
});

describe("waits", () => {
  const timer = waitRow("a", "zzz", { dueAt: NOW + 90 });
  const signal = waitRow("a", "go", { kind: "signal", dueAt: null });
  const waits = { ...owned, inbox: 7 };
  const unseen = { kind: "live", runId: "r", inbox: 7 };

  it("running → suspended: stores new waits, wakes at the first that is due", () => {
    const plan = decideSuspendStage({ ...waits, open: [timer], opening: [signal] });
    expect(plan.guards).toEqual([unseen, OWNED, RIDER_GUARD]);
    expect(writesOf(plan)).toEqual(["update stages a", "insert waits a go", "delete blobRefs r"]);
    expect(stageColumns(plan, "a")).toMatchObject({
      status: "suspended",
      wakeAt: NOW + 90,
      ...FREE,
    });
    expect(plan.events).toMatchObject([
      { type: "stage.suspended", data: { waits: [{ key: "zzz" }, { key: "go", kind: "signal" }] } },
    ]);
  });

  it("without a due one sleep until something comes", () => {
    const plan = decideSuspendStage({ ...waits, open: [], opening: [signal] });
    expect(stageColumns(plan, "a").wakeAt).toBeNull();
    expect(earliest([])).toBeNull();
    expect(earliest([timer, signal, waitRow("a", "b", { dueAt: NOW })])).toBe(NOW);
  });

  it("of an execution that goes on are stored without touching the stage", () => {
    const plan = decideOpenWaits({ ...waits, opening: [timer, signal] });
    expect(plan.guards).toEqual([unseen, OWNED, RIDER_GUARD]);
    expect(writesOf(plan)).toEqual([
      "insert waits a zzz",
      "insert waits a go",
      "delete blobRefs r",
    ]);
    expect(plan.events).toMatchObject([{ type: "stage.waitsOpened", stageId: "a" }]);
  });
});

describe("giving a stage back", () => {
  it("running → ready: due now, or after a delay, without an event and without an attempt", () => {
    const plan = decideYieldStage(owned);
    expect(plan.guards).toEqual([OWNED, RIDER_GUARD]);
    expect(stageColumns(plan, "a")).toEqual({
      status: "ready",
      availableAt: { dbNow: 0 },
      ...FREE,
    });
    expect(plan.writes).toContain(RIDER);
    expect(plan.events).toEqual([]);
    const delayed = decideYieldStage({ ...owned, delayMs: 50 });
    expect(stageColumns(delayed, "a").availableAt).toEqual({ dbNow: 50 });
  });

  it("clears the mark of a suspect that recorded something since its last loss", () => {
    expect(stageColumns(decideYieldStage({ ...owned, progressed: true }), "a")).toEqual({
      status: "ready",
      availableAt: { dbNow: 0 },
      suspect: false,
      losses: 0,
      lossesCounted: 0,
      ...FREE,
    });
  });
});

describe("recording a step", () => {
  it("is one fenced commit without event, signed by its own commit id", () => {
    const record = {
      op: "insert",
      table: "steps",
      row: { ...keyOf("a"), key: "k", occurrence: 0, commitId: "other" },
    } as unknown as Write;
    const attempt = { ...record, table: "attempts" } as Write;
    const plan = decideRecordStep({ ...owned, writes: [record, attempt, RIDER], guards: [] });
    expect(plan.guards).toEqual([OWNED]);
    expect(plan.writes[0]).toMatchObject({ table: "steps", row: { key: "k", commitId: "c" } });
    expect(plan.writes[1]).toMatchObject({ table: "attempts", row: { commitId: "c" } });
    expect(plan.writes[2]).toBe(RIDER);
    expect(plan.events).toEqual([]);
  });
});

describe("waking", () => {
  const wake = (columns: Partial<StageFacts>, status: StageFacts["status"] = "suspended") =>
    decideWakeStage(stageRow("a", status, { wakeAt: NOW, ...columns }), {
      commitId: "c",
      dbNow: NOW,
    });

  it("suspended → ready when its first wait is due, without an event", () => {
    const plan = planOf(wake({}));
    expect(plan.guards).toEqual([{ ...OWNED, status: "suspended" }]);
    expect(stageColumns(plan, "a")).toEqual({
      status: "ready",
      availableAt: { dbNow: 0 },
      wakeAt: null,
    });
    expect(plan.events).toEqual([]);
  });

  it("does nothing too early, without an instant, when held, and for what is not suspended", () => {
    expect(wake({ wakeAt: NOW + 1 })).toBe(SETTLED);
    expect(wake({ wakeAt: null })).toBe(SETTLED);
    expect(wake({ held: true })).toBe(SETTLED);
    for (const status of ["blocked", "ready", "running", "completed", "cancelled"] as const) {
      expect(wake({}, status)).toBe(SETTLED);
    }
  });
});

describe("holding", () => {
  it.each(["nondeterminism", "quarantined", "inDoubt"] as const)(
    "parks a running stage as %s, with a dead letter and an event, and does not fail it",
    (reason) => {
      const plan = decideHoldStage({
        ...owned,
        namespace: "n",
        reason,
        failure: FAILURE,
        deadLetterId: "l",
      });
      expect(plan.guards).toEqual([LIVE, OWNED, RIDER_GUARD]);
      expect(stageColumns(plan, "a")).toMatchObject({
        status: "ready",
        held: true,
        holdReason: reason,
        failure: FAILURE,
        ...FREE,
      });
      expect(plan.writes[1]).toMatchObject({
        op: "insert",
        table: "deadLetters",
        row: { id: "l", kind: "stage", stageId: "a", reason, failure: FAILURE, resolvedAt: null },
      });
      expect(plan.writes).toContain(RIDER);
      expect(plan.events).toMatchObject([
        { type: "stage.held", stageId: "a", data: { reason, failure: FAILURE } },
      ]);
    },
  );
});

describe("losses [34]", () => {
  const worker = { id: "s1", version: 4 };
  const unbeaten = { kind: "version", row: { table: "workers", key: { id: "s1" } }, version: 4 };
  const reap = (columns: Partial<StageFacts>, lastSeq = 0) =>
    decideReapLease({
      commitId: "c",
      deadLetterId: "l",
      worker,
      stage: stageRow("a", "running", columns),
      lastSeq,
      lossesCountedMax: 3,
      dbNow: NOW,
    });

  it("running → ready with a higher fence: a first loss costs no attempt, no suspicion", () => {
    const plan = reap({});
    expect(plan.guards).toEqual([OWNED, unbeaten]);
    expect(stageColumns(plan, "a")).toEqual({
      status: "ready",
      fence: 3,
      availableAt: { dbNow: 0 },
      losses: 1,
      lossesCounted: 0,
      lossSeq: 0,
      suspect: false,
      ...FREE,
    });
    expect(plan.writes[1]).toMatchObject({
      table: "attempts",
      row: { outcome: "lost", attempt: 1, fence: 2, session: "s1", counted: false },
    });
    expect(plan.events).toEqual([]);
  });

  it.each<[string, Partial<StageFacts>, number, object]>([
    [
      "a second loss makes it suspect",
      { losses: 1 },
      0,
      { losses: 2, lossesCounted: 0, suspect: true },
    ],
    [
      "a loss taken alone counts",
      { losses: 2, suspect: true },
      0,
      { losses: 3, lossesCounted: 1, suspect: true },
    ],
    [
      "one among neighbours does not",
      { losses: 3, lossesCounted: 1 },
      0,
      { losses: 4, lossesCounted: 1, suspect: true },
    ],
    [
      "a new record clears the mark",
      { losses: 4, lossesCounted: 2, suspect: true, lossSeq: 5 },
      6,
      { losses: 1, lossesCounted: 0, suspect: false, lossSeq: 6 },
    ],
    [
      "an old record does not",
      { losses: 1, lossSeq: 5 },
      5,
      { losses: 2, suspect: true, lossSeq: 5 },
    ],
  ])("%s", (_, columns, lastSeq, expected) => {
    const plan = reap(columns, lastSeq);
    expect(stageColumns(plan, "a")).toMatchObject(expected);
    expect(stageColumns(plan, "a")).not.toHaveProperty("held");
    expect(plan.events).toEqual([]);
  });

  it("the third counted loss quarantines it, listed with its failure and told", () => {
    const plan = reap({ losses: 4, lossesCounted: 2, suspect: true });
    expect(plan.guards).toEqual([LIVE, OWNED, unbeaten]);
    expect(stageColumns(plan, "a")).toMatchObject({
      status: "ready",
      held: true,
      holdReason: "quarantined",
      suspect: false,
      lossesCounted: 3,
      failure: {
        code: "E_SESSION_LOST",
        message: expect.stringContaining("lost 5 times without a new record"),
      },
    });
    expect(writesOf(plan)).toEqual([
      "update stages a",
      "insert attempts a",
      "insert deadLetters a",
    ]);
    expect(plan.events).toMatchObject([{ type: "stage.held", data: { reason: "quarantined" } }]);
  });

  it("a session is declared gone, or its lease ended, only as it was read", () => {
    for (const [plan, set] of [
      [decideWorkerGone(worker, "c"), { status: "gone", version: 5 }],
      [decideExpireWorker(worker, "c"), { expiresAt: { dbNow: 0 }, version: 5 }],
    ] as const) {
      expect(plan.guards).toEqual([unbeaten]);
      expect(plan.writes).toEqual([{ op: "update", table: "workers", key: { id: "s1" }, set }]);
      expect(eventTypes(plan)).toEqual([]);
    }
  });
});
