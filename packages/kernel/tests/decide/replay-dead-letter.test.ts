import type { StageFacts } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { SETTLED } from "../../src/decide/draft.ts";
import { decideReplayDeadLetter } from "../../src/decide/replay-dead-letter.ts";
import type { DeadLetterRow } from "../../src/state/records.ts";
import { graphOf } from "../support/graphs.ts";
import {
  keyOf,
  planOf,
  runColumns,
  snapshotOf,
  stageColumns,
  stageRow,
  writesOf,
} from "../support/rows.ts";

const GRAPH = graphOf({ a: {}, b: {}, done: {}, j: { after: ["a", "b", "done"] } });
const BY = { commitId: "c", actor: "ada", reason: null };

const letter: DeadLetterRow = {
  id: "l",
  namespace: "n",
  kind: "stage",
  version: 6,
  ...keyOf("a"),
  rev: null,
  reason: "failed",
  failure: null,
  body: null,
  createdAt: 0,
  resolvedAt: null,
  resolution: null,
  actor: null,
};

const replay = (
  run: Parameters<typeof snapshotOf>[0],
  stages: readonly StageFacts[],
  of: Partial<DeadLetterRow> = {},
) =>
  decideReplayDeadLetter(snapshotOf(run, stages), {
    letter: { ...letter, ...of },
    operator: BY,
    graph: GRAPH,
    closedWaits: [],
  });

describe("replaying a dead letter [35]", () => {
  it("failed → ready: a fresh budget, in a run that is reopened with what was cancelled", () => {
    const plan = planOf(
      replay({ status: "failed", reopenCount: 1, endedAt: 5, deadline: 9 }, [
        stageRow("a", "failed", { attempt: 3 }),
        stageRow("b", "cancelled", { startedAt: 1 }),
        stageRow("j", "cancelled", { joinPending: 2 }),
        stageRow("done", "completed"),
      ]),
    );
    expect(plan.guards).toEqual([
      { kind: "rev", runId: "r", rev: 3 },
      { kind: "version", row: { table: "deadLetters", key: { id: "l" } }, version: 6 },
    ]);
    expect(writesOf(plan)).toEqual([
      "update runs r",
      "update stages a",
      "update stages b",
      "update stages j",
      "update deadLetters l",
      "insert audit c",
    ]);
    expect(runColumns(plan)).toEqual({
      status: "running",
      outcome: null,
      failure: null,
      endedAt: null,
      deadline: null,
      reopenCount: 2,
    });
    expect(stageColumns(plan, "a")).toMatchObject({
      status: "ready",
      fence: 3,
      attempt: 4,
      attemptsForgiven: 3,
      failure: null,
      endedAt: null,
    });
    expect(stageColumns(plan, "b")).toMatchObject({ status: "ready", endedAt: null });
    expect(stageColumns(plan, "j")).toMatchObject({ status: "blocked", endedAt: null });
    expect(plan.events).toMatchObject([
      { type: "run.reopened", actor: "ada", data: { blocks: [["j", 0, 0]] } },
      { type: "stage.retried", stageId: "a", actor: "ada", data: { letter: "l" } },
    ]);
  });

  it("counts anew how long what had not begun may take to start", () => {
    const past = { startedAt: null, startDeadline: 5 };
    const plan = planOf(
      decideReplayDeadLetter(
        snapshotOf({ status: "failed" }, [
          stageRow("a", "failed"),
          stageRow("limited", "cancelled", past),
          stageRow("free", "cancelled", past),
          stageRow("join", "cancelled", past),
        ]),
        {
          letter,
          operator: BY,
          graph: graphOf({
            a: {},
            limited: { options: { startTimeout: "10 s" } },
            free: {},
            join: { after: ["a", "free"], options: { startTimeout: "10 s" } },
          }),
          closedWaits: [],
        },
      ),
    );
    expect(stageColumns(plan, "limited").startDeadline).toEqual({ dbNow: 10_000 });
    expect(stageColumns(plan, "free").startDeadline).toBeNull();
    expect(stageColumns(plan, "join")).toMatchObject({ status: "blocked", startDeadline: null });
  });

  it.each(["quarantined", "nondeterminism", "inDoubt"] as const)(
    "releases a stage held as %s in a live run, its attempt forgiven",
    (holdReason) => {
      const columns = {
        held: true,
        holdReason,
        suspect: true,
        losses: 5,
        lossesCounted: 3,
      } as const;
      const plan = planOf(replay({}, [stageRow("a", "ready", { ...columns, attempt: 2 })]));
      expect(runColumns(plan)).toEqual({});
      expect(stageColumns(plan, "a")).toMatchObject({
        status: "ready",
        held: false,
        holdReason: null,
        suspect: false,
        losses: 0,
        lossesCounted: 0,
        fence: 3,
        attempt: 2,
        attemptsForgiven: 1,
      });
      expect(plan.events).toMatchObject([{ type: "stage.retried" }]);
    },
  );

  it("resolves the letter by its version, so that two replays are one", () => {
    const plan = planOf(replay({}, [stageRow("a", "failed")]));
    expect(plan.writes).toContainEqual({
      op: "update",
      table: "deadLetters",
      key: { id: "l" },
      set: { resolution: "replayed", actor: "ada", resolvedAt: { dbNow: 0 }, version: 7 },
    });
    expect(replay({}, [stageRow("a", "ready")], { resolvedAt: 5 })).toBe(SETTLED);
  });

  it.each<[string, Parameters<typeof replay>, string]>([
    ["a stage that is gone", [{}, []], "missing"],
    ["one of an earlier generation", [{}, [stageRow("a", "failed", { generation: 1 })]], "missing"],
    ["one that completed meanwhile", [{}, [stageRow("a", "completed")]], "state"],
    ["one that runs", [{}, [stageRow("a", "running")]], "state"],
    ["one of a completed run", [{ status: "completed" }, [stageRow("a", "failed")]], "terminal"],
    ["one of a cancelled run", [{ status: "cancelled" }, [stageRow("a", "failed")]], "terminal"],
  ])("is refused for %s", (_, facts, rejected) => {
    expect(replay(...facts)).toMatchObject({ rejected, message: expect.any(String) });
  });
});

describe("replaying one letter after another", () => {
  const chain = graphOf({ a: {}, x: {}, b: { after: ["a"] } });
  const replayIn = (run: Parameters<typeof snapshotOf>[0], stages: readonly StageFacts[]) =>
    planOf(
      decideReplayDeadLetter(snapshotOf(run, stages), {
        letter: { ...letter, ...keyOf("x") },
        operator: BY,
        graph: chain,
        closedWaits: [],
      }),
    );

  it("leaves alone what an earlier replay has put back to waiting", () => {
    const plan = replayIn({ status: "running" }, [
      stageRow("a", "ready"),
      stageRow("x", "failed"),
      stageRow("b", "blocked", { joinPending: 1 }),
    ]);
    expect(writesOf(plan)).not.toContain("update stages b");
  });

  it("lets what the run's end cancelled in that state wait again", () => {
    const plan = replayIn({ status: "failed" }, [
      stageRow("a", "cancelled", { startedAt: 1 }),
      stageRow("x", "failed"),
      stageRow("b", "cancelled", { joinPending: 1 }),
    ]);
    expect(stageColumns(plan, "a")).toMatchObject({ status: "ready" });
    expect(stageColumns(plan, "b")).toMatchObject({ status: "blocked", joinPending: 1 });
  });
});
