import type { Graph, StageNode } from "../define/graph.ts";
import type { CommitPlan, Write } from "../state/plan.ts";
import { draft, liveGuard, stageGuard } from "./draft.ts";
import { endStage, type FinishStage, stageEvent } from "./finish-stage.ts";

/**
 * True when the end of this stage only counts down: everything after it is a join of `all` with
 * other branches, or it is one of several sinks. Such ends commute.
 */
export function onlyCountsDown(graph: Graph, stageId: string): boolean {
  const successors = graph.successors.get(stageId) ?? [];
  if (successors.length === 0) return graph.sinks.length > 1;
  return successors.every((id) => {
    const node = graph.nodes.get(id);
    return node !== undefined && node.join === "all" && node.after.length > 1;
  });
}

/**
 * On one path the claim's facts are all that a stage's end needs; but where a stage that failed can
 * be passed over and the last one refused, only the rows tell how the run ends.
 */
export function claimSuffices(graph: Graph): boolean {
  const nodes = [...graph.nodes.values()];
  const passesOver = nodes.some(({ onFailure }) => onFailure === "continue");
  return isLinear(graph) && !(passesOver && nodes.some(({ when }) => when !== undefined));
}

/** One path from one root to one sink. */
export const isLinear = (graph: Graph): boolean =>
  graph.roots.length === 1 &&
  graph.sinks.length === 1 &&
  [...graph.nodes.values()].every(
    (node) => node.after.length <= 1 && (graph.successors.get(node.id) ?? []).length <= 1,
  );

/** The stage that follows this one alone, when it follows nothing else. */
export function onlySuccessor(graph: Graph, stageId: string): StageNode | undefined {
  const [id, ...more] = graph.successors.get(stageId) ?? [];
  const node = id === undefined || more.length > 0 ? undefined : graph.nodes.get(id);
  return node?.after.length === 1 ? node : undefined;
}

/**
 * Ends a completed branch by counting down the joins behind it; `counters` of the result tell
 * whether it was the last.
 */
export function decideFinishBranch(
  finish: Pick<FinishStage, "commitId" | "graph" | "stage" | "fence" | "riders" | "riderGuards"> & {
    readonly end: Extract<FinishStage["end"], { status: "completed" }>;
    /** Rev of the run as this execution knows it. */
    readonly since?: number;
  },
): CommitPlan {
  const { stage, graph } = finish;
  const successors = graph.successors.get(stage.stageId) ?? [];
  return draft({
    commitId: finish.commitId,
    guards: [
      liveGuard(stage.runId, finish),
      stageGuard(stage, finish.fence, "running"),
      ...finish.riderGuards,
    ],
    writes: [
      endStage(finish),
      ...finish.riders,
      ...(successors.length === 0
        ? [countSink(stage.runId)]
        : successors.map((id) => countJoin(stage.runId, id))),
    ],
    events: [stageEvent(finish, { opens: [], skips: [] })],
  });
}

const countSink = (runId: string): Write => ({
  op: "add",
  table: "runs",
  key: { id: runId },
  column: "sinksPending",
  by: -1,
});

const countJoin = (runId: string, stageId: string): Write => ({
  op: "add",
  table: "stages",
  key: { runId, stageId, mapIndex: 0, generation: 0 },
  column: "joinPending",
  by: -1,
});
