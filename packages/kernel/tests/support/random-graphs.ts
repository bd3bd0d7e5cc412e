import fc from "fast-check";
import type { Graph, Join } from "../../src/define/graph.ts";
import type { StageStatus } from "../../src/state/stage.ts";
import { type GraphSketch, graphOf } from "./graphs.ts";

const STAGES_MAX = 8;

const policy = fc.constantFrom("failRun", "stopBranch", "continue");
const joinKind = fc.constantFrom("all", "all", "any", "atLeast");

/** Choices from which an acyclic graph is made: edges go from earlier stages to later ones. */
const choices = fc.array(
  fc.record({
    edges: fc.array(fc.nat(STAGES_MAX - 1), { maxLength: 3 }),
    join: joinKind,
    need: fc.nat(3),
    onFailure: policy,
  }),
  { minLength: 1, maxLength: STAGES_MAX },
);

export const anySketch: fc.Arbitrary<GraphSketch> = choices.map((nodes) =>
  Object.fromEntries(
    nodes.map(({ edges, join, need, onFailure }, i) => {
      const earlier = i === 0 ? [] : [...new Set(edges.map((edge) => `s${edge % i}`))];
      return [`s${i}`, { after: earlier, join: joinOf(join, need, earlier.length), onFailure }];
    }),
  ),
);

const joinOf = (kind: string, need: number, of: number): Join => {
  if (kind === "atLeast" && of > 0) return { atLeast: 1 + (need % of) };
  return kind === "any" ? "any" : "all";
};

export const anyGraph: fc.Arbitrary<Graph> = anySketch.map(graphOf);

/** For each stage in definition order, which status it has reached, if its upstream allows. */
export const anyStatuses: fc.Arbitrary<readonly (StageStatus | undefined)[]> = fc.array(
  fc.constantFrom(
    undefined,
    "blocked",
    "ready",
    "running",
    "suspended",
    "completed",
    "completed",
    "failed",
    "skipped",
    "cancelled",
  ),
  { minLength: STAGES_MAX, maxLength: STAGES_MAX },
);

export const statusesOf = (
  graph: Graph,
  picks: readonly (StageStatus | undefined)[],
): Map<string, StageStatus | undefined> =>
  new Map([...graph.nodes.keys()].map((id, i) => [id, picks[i]]));
