import type { Snapshot } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import {
  decideFinishBranch,
  isLinear,
  onlyCountsDown,
  onlySuccessor,
} from "../../src/decide/finish-branch.ts";
import { decideFinishStage, type FinishStage } from "../../src/decide/finish-stage.ts";
import { type GraphSketch, graphOf } from "../support/graphs.ts";
import {
  eventTypes,
  keyOf,
  runColumns,
  snapshotOf,
  stageColumns,
  stageRow,
  stagesWrite,
  writesOf,
} from "../support/rows.ts";

const FAILURE = { name: "Error", message: "boom" };
const DONE = { status: "completed", output: "i1" } as const;
const FAILED = { status: "failed", failure: FAILURE } as const;
const OWNED = { kind: "stage", key: keyOf("a"), fence: 2, status: "running" };
const STRICT = { kind: "rev", runId: "r", rev: 3 };

const CHAIN: GraphSketch = { a: {}, b: { after: ["a"] } };
const FORK: GraphSketch = {
  a: {},
  b: { after: ["a"] },
  c: { after: ["a"] },
  d: { after: ["b", "c"] },
};

const finish = (sketch: GraphSketch, snapshot: Snapshot, parts: Partial<FinishStage> = {}) =>
  decideFinishStage(snapshot, {
    commitId: "c",
    graph: graphOf(sketch),
    stage: keyOf("a"),
    fence: 2,
    end: DONE,
    runOutput: null,
    refused: new Set(),
    failsRun: false,
    sticky: undefined,
    riders: [],
    riderGuards: [],
    ageingMs: 100,
    deadLetterId: "l",
    ...parts,
  });

const running = (...more: Snapshot["stages"]) =>
  snapshotOf({}, [stageRow("a", "running"), ...more]);

describe("a stage that completed", () => {
  it("running → completed: writes its end and what follows ready, in one strict commit", () => {
    const { plan, opens, runEnded } = finish(
      FORK,
      running(stageRow("d", "blocked", { joinPending: 2 })),
    );
    expect(plan.guards).toEqual([STRICT, OWNED]);
    expect(writesOf(plan)).toEqual(["update stages a", "insert stages b", "insert stages c"]);
    expect(stageColumns(plan, "a")).toMatchObject({
      status: "completed",
      output: "i1",
      session: null,
      sessionEpoch: null,
      held: false,
      suspect: false,
      endedAt: { dbNow: 0 },
    });
    expect(stageColumns(plan, "b")).toMatchObject({ status: "ready", fence: 0, session: null });
    expect(plan.events).toMatchObject([
      { type: "stage.completed", stageId: "a", data: { opens: ["b", "c"] } },
    ]);
    expect([opens, runEnded]).toEqual([["b", "c"], false]);
  });

  it("as the last one ends the run with its output", () => {
    const { plan, runEnded } = finish({ a: {} }, running(), { runOutput: "i2" });
    expect(runColumns(plan)).toEqual({
      status: "completed",
      outcome: "completed",
      output: "i2",
      endedAt: { dbNow: 0 },
    });
    expect(eventTypes(plan)).toEqual(["stage.completed", "run.completed"]);
    expect(runEnded).toBe(true);
  });

  it("continues with the one next stage in the same session, already running", () => {
    const { plan, started } = finish(CHAIN, running(), { sticky: { id: "s1", epoch: 4 } });
    expect(started).toBe("b");
    expect(stageColumns(plan, "b")).toMatchObject({
      status: "running",
      fence: 1,
      session: "s1",
      sessionEpoch: 4,
      startedAt: { dbNow: 0 },
    });
  });

  it("does not continue with one of several, nor while the run is paused", () => {
    const sticky = { id: "s1", epoch: 4 };
    expect(finish(FORK, running(), { sticky }).started).toBeUndefined();
    const paused = snapshotOf({ status: "paused" }, [stageRow("a", "running", { held: true })]);
    const { plan, started } = finish(CHAIN, paused, { sticky });
    expect(started).toBeUndefined();
    expect(stageColumns(plan, "b")).toMatchObject({ status: "ready", held: true });
  });

  it("opens a join that waited by its row, and leaves one that still waits, counted anew", () => {
    const sketch = {
      a: {},
      b: {},
      any: { after: ["a", "b"], join: "any" as const },
      all: { after: ["a", "b"] },
    };
    const snapshot = running(
      stageRow("b", "running"),
      stageRow("any", "blocked", { joinPending: 2, priority: 1 }),
      stageRow("all", "blocked", { joinPending: 2 }),
    );
    const { plan } = finish(sketch, snapshot);
    expect(stageColumns(plan, "any")).toMatchObject({
      status: "ready",
      joinPending: 0,
      claimRank: { dbNow: -100 },
    });
    expect(stageColumns(plan, "all")).toEqual({ joinPending: 1 });
  });

  it("skips a stage whose condition said no, and what follows it alone", () => {
    const sketch = { ...CHAIN, z: { after: ["b"] }, x: { after: ["a"] } };
    const { plan } = finish(sketch, running(), { refused: new Set(["b"]) });
    expect(stageColumns(plan, "b")).toMatchObject({ status: "skipped", skipReason: "condition" });
    expect(stageColumns(plan, "z")).toMatchObject({ status: "skipped", skipReason: "upstream" });
    expect(stageColumns(plan, "x").status).toBe("ready");
    expect(plan.events).toMatchObject([{ data: { opens: ["x"], skips: ["b", "z"] } }]);
  });

  it("gives a stage that opens its own start deadline, and what it reads", () => {
    const options = { startTimeout: "5 s", queue: "slow" };
    const sketch = { a: {}, b: { after: ["a"], options }, j: { after: ["a", "b"], options } };
    const { plan } = finish(sketch, running());
    expect(stageColumns(plan, "b")).toMatchObject({
      runId: "r",
      namespace: "n",
      definition: "w@1#h",
      startDeadline: { dbNow: 5_000 },
      queue: "slow",
      reads: ["a"],
      output: null,
    });
    const { plan: join } = finish(
      { a: {}, b: {}, j: { after: ["a", "b"], join: "any", options } },
      running(stageRow("j", "blocked", { joinPending: 2 })),
    );
    expect(stageColumns(join, "j").startDeadline).toEqual({ dbNow: 5_000 });
  });

  it("carries what rides on its commit, guards too", () => {
    const rider = { op: "delete", table: "blobRefs", key: { runId: "r", hash: "h" } } as const;
    const guard = { kind: "notCondemned", hash: "h" } as const;
    const { plan } = finish(CHAIN, running(), { riders: [rider], riderGuards: [guard] });
    expect(plan.writes).toContain(rider);
    expect(plan.guards).toEqual([STRICT, OWNED, guard]);
  });
});

describe("the end of a run", () => {
  it("touches no other stage when none is open", () => {
    const { plan } = finish({ a: {} }, running());
    expect(writesOf(plan)).toEqual(["update stages a", "update runs r"]);
  });

  it("leaves stages that it skips in the same commit out of what it cancels", () => {
    const sketch = { a: { onFailure: "stopBranch" as const }, b: { after: ["a"] }, x: {} };
    const stages = [stageRow("x", "failed"), stageRow("b", "blocked"), stageRow("y", "ready")];
    const { plan } = finish(sketch, running(...stages), { end: FAILED });
    expect(stageColumns(plan, "b")).toMatchObject({ status: "skipped" });
    expect(stagesWrite(plan)?.except).toEqual([keyOf("a"), keyOf("b")]);
  });
});

describe("a stage that failed", () => {
  it("running → failed: is listed, and fails its run with what is open in it", () => {
    const stages = [
      stageRow("b", "suspended"),
      stageRow("c", "running"),
      stageRow("d", "blocked", { joinPending: 2 }),
    ];
    const sketch = { a: {}, b: {}, c: {}, d: { after: ["b", "c"] } };
    const { plan, runEnded } = finish(sketch, running(...stages), { end: FAILED });
    expect(stageColumns(plan, "a")).toMatchObject({ status: "failed", failure: FAILURE });
    expect(runColumns(plan)).toMatchObject({ status: "failed", failure: FAILURE });
    expect(writesOf(plan)).toEqual([
      "update stages a",
      "update runs r",
      "updateStages r -a",
      "closeWaits r -a",
      "insert deadLetters a",
    ]);
    expect(stagesWrite(plan)).toMatchObject({ set: { status: "cancelled" }, raiseFence: true });
    expect(plan.writes.at(-1)).toMatchObject({
      table: "deadLetters",
      row: { id: "l", stageId: "a", reason: "failed", failure: FAILURE, namespace: "n" },
    });
    expect(plan.events).toMatchObject([
      { type: "stage.failed", data: { failure: FAILURE, opens: [] } },
      { type: "run.failed", data: { failure: FAILURE } },
    ]);
    expect(runEnded).toBe(true);
  });

  it("fails its run whatever its policy, when the run's own code is at fault", () => {
    const sketch = { a: { onFailure: "continue" as const }, b: { after: ["a"] } };
    const { plan } = finish(sketch, running(), { end: FAILED, failsRun: true });
    expect(runColumns(plan)).toMatchObject({ status: "failed", failure: FAILURE });
    expect(stageColumns(plan, "b")).toEqual({});
  });
});

describe("a branch that only counts down", () => {
  const branch = (sketch: GraphSketch) =>
    decideFinishBranch({
      commitId: "c",
      graph: graphOf(sketch),
      stage: keyOf("a"),
      fence: 2,
      end: DONE,
      riders: [],
      riderGuards: [],
    });

  it("commutes: it needs its run to live, not to stand still", () => {
    const plan = branch({ a: {}, b: {}, j: { after: ["a", "b"] }, k: { after: ["a", "b"] } });
    expect(plan.guards).toEqual([{ kind: "live", runId: "r" }, OWNED]);
    expect(stageColumns(plan, "a")).toMatchObject({ status: "completed", output: "i1" });
    expect(plan.writes.slice(1)).toEqual(
      ["j", "k"].map((id) => ({
        op: "add",
        table: "stages",
        key: keyOf(id),
        column: "joinPending",
        by: -1,
      })),
    );
    expect(plan.events).toMatchObject([{ type: "stage.completed", data: { opens: [] } }]);
  });

  it("as one of several sinks counts down the run's", () => {
    const plan = branch({ a: {}, b: {} });
    expect(plan.writes.slice(1)).toEqual([
      { op: "add", table: "runs", key: { id: "r" }, column: "sinksPending", by: -1 },
    ]);
  });

  it.each<[string, GraphSketch, boolean]>([
    ["the only sink does not", { a: {} }, false],
    ["one of several sinks does", { a: {}, b: {} }, true],
    ["before a stage of its own it does not", CHAIN, false],
    ["before a join of all it does", { a: {}, b: {}, j: { after: ["a", "b"] } }, true],
    [
      "before a join of any it does not",
      { a: {}, b: {}, j: { after: ["a", "b"], join: "any" } },
      false,
    ],
    [
      "before atLeast it does not",
      { a: {}, b: {}, j: { after: ["a", "b"], join: { atLeast: 2 } } },
      false,
    ],
    [
      "before a join and a stage of its own it does not",
      { a: {}, b: {}, j: { after: ["a", "b"] }, x: { after: ["a"] } },
      false,
    ],
  ])("%s", (_, sketch, expected) => {
    expect(onlyCountsDown(graphOf(sketch), "a")).toBe(expected);
  });

  it("tells a graph of one path, and the one stage that follows", () => {
    expect(isLinear(graphOf(CHAIN))).toBe(true);
    expect(isLinear(graphOf(FORK))).toBe(false);
    expect(isLinear(graphOf({ a: {}, b: {} }))).toBe(false);
    expect(onlySuccessor(graphOf(CHAIN), "a")?.id).toBe("b");
    expect(onlySuccessor(graphOf(CHAIN), "b")).toBeUndefined();
    expect(onlySuccessor(graphOf(FORK), "a")).toBeUndefined();
    expect(onlySuccessor(graphOf(FORK), "b")).toBeUndefined();
  });
});
