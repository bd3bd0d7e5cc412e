import { describe, expect, it } from "vitest";
import { decideAdvanceRun } from "../../src/decide/advance-run.ts";
import { SETTLED } from "../../src/decide/draft.ts";
import { graphOf } from "../support/graphs.ts";
import {
  eventTypes,
  planOf,
  runColumns,
  snapshotOf,
  stageColumns,
  stageRow,
  writesOf,
} from "../support/rows.ts";

const STRICT = { kind: "rev", runId: "r", rev: 3 };
const FORK = { a: {}, b: { after: ["a"] }, c: { after: ["a"] }, d: { after: ["b", "c"] } };

describe("advance: driving a run from its rows alone", () => {
  const advance = (
    sketch: Parameters<typeof graphOf>[0],
    ...facts: Parameters<typeof snapshotOf>
  ) =>
    decideAdvanceRun(snapshotOf(...facts), {
      commitId: "c",
      graph: graphOf(sketch),
      refused: new Set(),
      runOutput: "iout",
      riders: [],
      riderGuards: [],
      ageingMs: 1,
    });

  it("opens the join that the last branch left behind", () => {
    const stages = [
      stageRow("a", "completed"),
      stageRow("b", "completed"),
      stageRow("c", "completed"),
      stageRow("d", "blocked", { joinPending: 0 }),
    ];
    const plan = planOf(advance(FORK, {}, stages));
    expect(plan.guards).toEqual([STRICT]);
    expect(writesOf(plan)).toEqual(["update stages d"]);
    expect(stageColumns(plan, "d")).toMatchObject({ status: "ready", joinPending: 0 });
    expect(plan.events).toMatchObject([
      { type: "stage.released", data: { opens: ["d"], skips: [] } },
    ]);
  });

  it("ends a run whose last sink was counted down", () => {
    const stages = [stageRow("a", "completed"), stageRow("b", "completed")];
    const plan = planOf(advance({ a: {}, b: {} }, { sinksPending: 0 }, stages));
    expect(writesOf(plan)).toEqual(["update runs r"]);
    expect(runColumns(plan)).toMatchObject({ status: "completed", output: "iout" });
    expect(eventTypes(plan)).toEqual(["run.completed"]);
  });

  it.each([
    ["as they ended", [0, 1]],
    ["the other way round", [1, 0]],
  ])("fails a run with the failure that came first, its rows %s", (_, order) => {
    const [first, second] = [1, 2].map((endedAt) => ({ name: "E", message: `at ${endedAt}` }));
    const rows = [
      stageRow("b", "failed", { failure: first ?? null, endedAt: 1 }),
      stageRow("a", "failed", { failure: second ?? null, endedAt: 2 }),
    ];
    const stages = order.flatMap((at) => rows[at] ?? []);
    const plan = planOf(advance({ a: {}, b: {} }, { status: "running", rev: 3 }, stages));
    expect(runColumns(plan)).toMatchObject({ status: "failed", failure: first });
  });

  it("fails a run of which every branch has died, with the failure of one", () => {
    const failure = { name: "E", message: "m" };
    const stages = [
      stageRow("a", "failed", { failure }),
      stageRow("b", "blocked", { joinPending: 2 }),
    ];
    const graph = { a: { onFailure: "stopBranch" as const }, b: { after: ["a"] } };
    const plan = planOf(advance(graph, {}, stages));
    expect(runColumns(plan)).toMatchObject({ status: "failed", failure });
    expect(stageColumns(plan, "b")).toMatchObject({ status: "skipped", skipReason: "upstream" });
    expect(eventTypes(plan)).toEqual(["stage.released", "run.failed"]);
  });

  it("puts right counters that count what is resolved", () => {
    const stages = [
      stageRow("a", "completed"),
      stageRow("b", "completed"),
      stageRow("c", "running"),
      stageRow("d", "blocked", { joinPending: 2 }),
    ];
    const plan = planOf(advance(FORK, { sinksPending: 5 }, stages));
    expect(stageColumns(plan, "d")).toEqual({ joinPending: 1 });
    expect(runColumns(plan)).toEqual({ sinksPending: 1 });
    expect(plan.events).toEqual([]);
  });

  it("opens held stages while the run is paused", () => {
    const plan = planOf(
      advance({ a: {}, b: { after: ["a"] } }, { status: "paused" }, [stageRow("a", "completed")]),
    );
    expect(stageColumns(plan, "b")).toMatchObject({
      status: "ready",
      held: true,
      holdReason: "paused",
    });
  });

  it("is settled when nothing is due, and for a run that is not on its way", () => {
    const running = [stageRow("a", "running")];
    expect(advance({ a: {} }, {}, running)).toBe(SETTLED);
    for (const status of ["pending", "closing", "completed", "failed", "cancelled"] as const) {
      expect(advance({ a: {} }, { status }, [stageRow("a", "completed")])).toBe(SETTLED);
    }
  });

  it("deciding again from what it wrote decides nothing more", () => {
    const stages = [stageRow("a", "completed"), stageRow("b", "ready"), stageRow("c", "ready")];
    const again = advance(FORK, {}, [...stages, stageRow("d", "blocked", { joinPending: 2 })]);
    expect(again).toBe(SETTLED);
  });
});
