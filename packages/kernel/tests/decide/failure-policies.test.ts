import type { FailurePolicy } from "@pawl/kernel";
import type { StageFacts } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { decideAdvanceRun } from "../../src/decide/advance-run.ts";
import { SETTLED } from "../../src/decide/draft.ts";
import { decideFinishStage } from "../../src/decide/finish-stage.ts";
import type { StageStatus } from "../../src/state/stage.ts";
import { type GraphSketch, graphOf } from "../support/graphs.ts";
import {
  keyOf,
  planOf,
  runColumns,
  snapshotOf,
  stageColumns,
  stageRow,
  stagesWrite,
} from "../support/rows.ts";

const FAILURE = { name: "Error", message: "boom" };

/** Where the graph comes to rest when these stages fail and all others complete. */
function play(sketch: GraphSketch, failing: readonly string[]): Record<string, string> {
  const graph = graphOf(sketch);
  const statuses = new Map<string, StageStatus>(graph.roots.map((id) => [id, "running"]));
  const rows = (): StageFacts[] => [...statuses].map(([id, status]) => stageRow(id, status));
  for (let id = firstRunning(statuses); id !== undefined; id = firstRunning(statuses)) {
    const { plan } = finishStage(sketch, rows(), { id, fails: failing.includes(id) });
    for (const stage of graph.nodes.keys()) {
      const { status } = stageColumns(plan, stage) as { status?: StageStatus };
      if (status) statuses.set(stage, status === "ready" ? "running" : status);
    }
    const { set, where } = stagesWrite(plan) ?? {};
    for (const [stage, status] of statuses) {
      if (where?.status?.includes(status) && set?.status) statuses.set(stage, set.status as never);
    }
    const ended = runColumns(plan).status as string | undefined;
    if (ended) return { run: ended, ...Object.fromEntries(statuses) };
  }
  throw new Error("the run never ended");
}

interface Ending {
  readonly id: string;
  readonly fails?: boolean;
  readonly refused?: ReadonlySet<string>;
}

const finishStage = (sketch: GraphSketch, rows: readonly StageFacts[], ending: Ending) =>
  decideFinishStage(snapshotOf({}, rows), {
    commitId: "c",
    graph: graphOf(sketch),
    stage: keyOf(ending.id),
    fence: 2,
    end: ending.fails
      ? { status: "failed", failure: FAILURE }
      : { status: "completed", output: "i1" },
    runOutput: null,
    refused: ending.refused ?? new Set(),
    failsRun: false,
    sticky: undefined,
    riders: [],
    riderGuards: [],
    ageingMs: 1,
    deadLetterId: "l",
  });

const firstRunning = (statuses: ReadonlyMap<string, StageStatus>): string | undefined =>
  [...statuses].find(([, status]) => status === "running")?.[0];

const failed = (onFailure: FailurePolicy) => ({ onFailure });

describe("what a failed stage does to its run [97]", () => {
  it.each<[FailurePolicy, string, Record<string, string>]>([
    ["failRun", "alone", { run: "failed", x: "failed" }],
    ["stopBranch", "alone", { run: "failed", x: "failed" }],
    ["continue", "alone", { run: "completed", x: "failed" }],
  ])("%s, %s", (policy, _, expected) => {
    expect(play({ x: failed(policy) }, ["x"])).toEqual(expected);
  });

  it.each<[FailurePolicy, Record<string, string>]>([
    ["failRun", { run: "failed", a: "completed", x: "failed" }],
    ["stopBranch", { run: "failed", a: "completed", x: "failed", b: "skipped", c: "skipped" }],
    ["continue", { run: "completed", a: "completed", x: "failed", b: "completed", c: "completed" }],
  ])("%s in the middle of a chain", (policy, expected) => {
    const chain = {
      a: {},
      x: { after: ["a"], ...failed(policy) },
      b: { after: ["x"] },
      c: { after: ["b"] },
    };
    expect(play(chain, ["x"])).toEqual(expected);
  });

  it.each<[FailurePolicy, Record<string, string>]>([
    ["failRun", { run: "failed", x: "failed", y: "cancelled" }],
    [
      "stopBranch",
      { run: "completed", x: "failed", x2: "skipped", y: "completed", y2: "completed" },
    ],
    [
      "continue",
      { run: "completed", x: "failed", x2: "completed", y: "completed", y2: "completed" },
    ],
  ])("%s beside another branch", (policy, expected) => {
    const sketch = { x: failed(policy), y: {}, x2: { after: ["x"] }, y2: { after: ["y"] } };
    expect(play(sketch, ["x"])).toEqual(expected);
  });

  it.each<[FailurePolicy, Record<string, string>]>([
    ["failRun", { run: "failed", x: "failed", y: "cancelled" }],
    ["stopBranch", { run: "completed", x: "failed", y: "completed", j: "completed" }],
    ["continue", { run: "completed", x: "failed", y: "completed", j: "completed" }],
  ])("%s before a join of all", (policy, expected) => {
    const sketch = { x: failed(policy), y: {}, j: { after: ["x", "y"] } };
    expect(play(sketch, ["x"])).toEqual(expected);
  });

  it.each<[string, FailurePolicy, readonly string[], Record<string, string>]>([
    ["atLeast 2 of 3 with one dead", "stopBranch", ["x"], { run: "completed", j: "completed" }],
    ["atLeast 2 of 3 with two dead", "stopBranch", ["x", "y"], { run: "failed", j: "skipped" }],
    [
      "atLeast 2 of 3 with two that count",
      "continue",
      ["x", "y"],
      { run: "completed", j: "completed" },
    ],
  ])("%s", (_, policy, failing, expected) => {
    const sketch = {
      x: failed(policy),
      y: failed(policy),
      z: failed(policy),
      j: { after: ["x", "y", "z"], join: { atLeast: 2 } },
    };
    expect(play(sketch, failing)).toMatchObject(expected);
  });

  it("stopBranch in every branch fails the run, since nothing came of it", () => {
    const sketch = { x: failed("stopBranch"), y: failed("stopBranch"), j: { after: ["x", "y"] } };
    expect(play(sketch, ["x", "y"])).toEqual({
      run: "failed",
      x: "failed",
      y: "failed",
      j: "skipped",
    });
  });

  it("a failed sink beside a completed one leaves the run completed under stopBranch", () => {
    expect(play({ x: failed("stopBranch"), y: {} }, ["x"])).toMatchObject({ run: "completed" });
    expect(play({ y: {}, x: failed("stopBranch") }, ["x"])).toMatchObject({ run: "completed" });
  });

  it("tells why the run failed, though the stage that ended it completed", () => {
    const sketch = { x: failed("stopBranch"), x2: { after: ["x"] }, y: {}, y2: { after: ["y"] } };
    const rows = [
      stageRow("x", "failed", { failure: FAILURE }),
      stageRow("x2", "skipped"),
      stageRow("y", "running"),
    ];
    const { plan } = finishStage(sketch, rows, { id: "y", refused: new Set(["y2"]) });
    expect(runColumns(plan)).toMatchObject({ status: "failed", failure: FAILURE });
  });

  it("driven from its rows alone, the run comes to the same end", () => {
    const sketch = { x: failed("stopBranch"), x2: { after: ["x"] } };
    const rows = [stageRow("x", "failed", { failure: FAILURE })];
    const decision = decideAdvanceRun(snapshotOf({}, rows), {
      commitId: "c",
      graph: graphOf(sketch),
      refused: new Set(),
      runOutput: null,
      riders: [],
      riderGuards: [],
      ageingMs: 1,
    });
    expect(runColumns(planOf(decision))).toMatchObject({ status: "failed", failure: FAILURE });
    expect(decision).not.toBe(SETTLED);
  });
});
