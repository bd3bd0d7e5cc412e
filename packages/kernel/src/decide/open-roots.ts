import type { Graph } from "../define/graph.ts";
import type { Write } from "../state/plan.ts";
import type { RunFacts } from "../state/run.ts";
import { insertStage } from "./stage-rows.ts";

export interface Opening {
  readonly writes: readonly Write[];
  readonly opens: readonly string[];
}

/** Rows that a run starts with: its roots, ready, and its joins, blocked. */
export function openRoots(
  run: Pick<RunFacts, "id" | "namespace" | "definition" | "queue" | "priority">,
  graph: Graph,
  ageingMs: number,
): Opening {
  const roots = graph.roots.map((id) => graph.nodes.get(id)).filter((node) => node !== undefined);
  const joins = [...graph.nodes.values()].filter((node) => node.after.length > 1);
  return {
    opens: graph.roots,
    writes: [
      ...roots.map((node) => insertStage({ run, node, status: "ready", ageingMs })),
      ...joins.map((node) => insertStage({ run, node, status: "blocked", ageingMs })),
    ],
  };
}
