import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readiness, readyStages, standing } from "../../src/decide/readiness.ts";
import type { Graph, Join, StageNode } from "../../src/define/graph.ts";
import type { FailurePolicy } from "../../src/define/stage.ts";
import type { StageStatus } from "../../src/state/stage.ts";
import { graphOf } from "../support/graphs.ts";
import { anyGraph, anyStatuses, statusesOf } from "../support/random-graphs.ts";

const STATUS = { o: undefined, "+": "completed", "-": "skipped" } as const;

/** Asks about stage `x` after as many stages as `upstream` has letters. */
function ask(join: Join, upstream: string): string {
  const ids = [...upstream].map((_, i) => `u${i}`);
  const sketch = Object.fromEntries(ids.map((id) => [id, {}]));
  const graph = graphOf({ ...sketch, x: { after: ids, join } });
  const statuses = new Map(ids.map((id, i) => [id, STATUS[upstream[i] as keyof typeof STATUS]]));
  return readiness(graph, graph.nodes.get("x") as StageNode, (id) => statuses.get(id));
}

describe("when a stage may start, from its upstream: o open, + ok, - dead [78]", () => {
  it.each<[string, Join, Record<string, string>]>([
    [
      "all",
      "all",
      {
        o: "wait",
        "+": "ready",
        "-": "skip",
        oo: "wait",
        "o+": "wait",
        "o-": "wait",
        "++": "ready",
        "+-": "ready",
        "-+": "ready",
        "--": "skip",
        "++o": "wait",
        "--o": "wait",
        "+--": "ready",
        "+++": "ready",
        "---": "skip",
      },
    ],
    [
      "any",
      "any",
      {
        o: "wait",
        "+": "ready",
        "-": "skip",
        oo: "wait",
        "o+": "ready",
        "o-": "wait",
        "++": "ready",
        "+-": "ready",
        "--": "skip",
        "o--": "wait",
        "--+": "ready",
        "---": "skip",
        "+oo": "ready",
      },
    ],
    ["atLeast 1", { atLeast: 1 }, { oo: "wait", "+o": "ready", "-o": "wait", "--": "skip" }],
    [
      "atLeast 2 of 3",
      { atLeast: 2 },
      {
        ooo: "wait",
        "+oo": "wait",
        "++o": "ready",
        "+-o": "wait",
        "--o": "skip",
        "+--": "skip",
        "++-": "ready",
        "-+o": "wait",
        "+++": "ready",
        "---": "skip",
      },
    ],
    [
      "atLeast 3 of 3",
      { atLeast: 3 },
      {
        "++o": "wait",
        "+++": "ready",
        "-oo": "skip",
        "++-": "skip",
      },
    ],
  ])("join %s", (_, join, table) => {
    const answers = Object.keys(table).map((upstream) => [upstream, ask(join, upstream)]);
    expect(Object.fromEntries(answers)).toEqual(table);
  });

  it.each<[StageStatus | undefined, FailurePolicy, string]>([
    [undefined, "failRun", "open"],
    ["blocked", "failRun", "open"],
    ["ready", "failRun", "open"],
    ["running", "failRun", "open"],
    ["suspended", "failRun", "open"],
    ["completed", "failRun", "ok"],
    ["failed", "failRun", "dead"],
    ["failed", "stopBranch", "dead"],
    ["failed", "continue", "ok"],
    ["skipped", "continue", "dead"],
    ["cancelled", "continue", "dead"],
  ])("a stage that is %s with policy %s counts as %s", (status, onFailure, expected) => {
    expect(standing(graphOf({ a: { onFailure } }), "a", () => status)).toBe(expected);
  });

  it("a root is ready at once", () => {
    const graph = graphOf({ a: {} });
    expect(readyStages({ graph, statusOf: () => undefined })).toEqual({
      ready: ["a"],
      skipped: [],
    });
  });
});

const ready = (graph: Graph, statuses: Record<string, StageStatus>, more: object = {}) =>
  readyStages({ graph, statusOf: (id) => statuses[id], ...more });

describe("what may start and what never will [74]", () => {
  const chain = graphOf({ a: {}, b: { after: ["a"] }, c: { after: ["b"] }, d: { after: ["c"] } });

  it("skips go through the graph to the end of the branch", () => {
    expect(ready(chain, { a: "skipped" })).toEqual({ ready: [], skipped: ["b", "c", "d"] });
    expect(ready(chain, { a: "failed" }, { ended: "a" }).skipped).toEqual(["b", "c", "d"]);
  });

  it("a refused condition skips the stage and what depends on it alone", () => {
    const graph = graphOf({
      a: {},
      b: { after: ["a"] },
      c: { after: ["a"] },
      d: { after: ["b"] },
      join: { after: ["c", "d"] },
    });
    const answer = ready(graph, { a: "completed" }, { refused: new Set(["b"]) });
    expect(answer).toEqual({ ready: ["c"], skipped: ["b", "d"] });
    const later = ready(graph, { a: "completed", b: "skipped", d: "skipped", c: "completed" });
    expect(later).toEqual({ ready: ["join"], skipped: [] });
  });

  it("with the stage that ended, only what follows it is asked about", () => {
    const graph = graphOf({ a: {}, b: {}, a2: { after: ["a"] }, b2: { after: ["b"] } });
    const statuses = { a: "completed", b: "completed" } as const;
    expect(ready(graph, statuses, { ended: "a" }).ready).toEqual(["a2"]);
    expect(ready(graph, statuses).ready).toEqual(["a2", "b2"]);
  });

  it("a stage that has begun or ended is never named again", () => {
    for (const b of [
      "ready",
      "running",
      "suspended",
      "completed",
      "failed",
      "cancelled",
    ] as const) {
      expect(ready(chain, { a: "completed", b, c: "blocked", d: "blocked" }).ready).not.toContain(
        "b",
      );
    }
  });

  it("in any graph and state, nothing starts before what it depends on", () => {
    fc.assert(
      fc.property(anyGraph, anyStatuses, (graph, picks) => {
        const statuses = statusesOf(graph, picks);
        const answer = readyStages({ graph, statusOf: (id) => statuses.get(id) });
        for (const id of answer.ready) {
          const node = graph.nodes.get(id) as StageNode;
          const seen = (up: string) => (answer.skipped.includes(up) ? "skipped" : statuses.get(up));
          const standings = node.after.map((up) => standing(graph, up, seen));
          const ok = standings.filter((s) => s === "ok").length;
          const need = node.join === "all" ? 1 : node.join === "any" ? 1 : node.join.atLeast;
          if (node.join === "all") expect(standings).not.toContain("open");
          if (node.after.length > 0) expect(ok).toBeGreaterThanOrEqual(need);
          expect([undefined, "blocked"]).toContain(statuses.get(id));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("in any graph and state, the answer is complete: asking again after it adds nothing", () => {
    fc.assert(
      fc.property(anyGraph, anyStatuses, (graph, picks) => {
        const statuses = statusesOf(graph, picks);
        const answer = readyStages({ graph, statusOf: (id) => statuses.get(id) });
        for (const id of answer.ready) statuses.set(id, "ready");
        for (const id of answer.skipped) statuses.set(id, "skipped");
        const again = readyStages({ graph, statusOf: (id) => statuses.get(id) });
        expect(again).toEqual({ ready: [], skipped: [] });
        expect(new Set([...answer.ready, ...answer.skipped]).size).toBe(
          answer.ready.length + answer.skipped.length,
        );
      }),
      { numRuns: 500 },
    );
  });
});
