import type { Graph, StageNode } from "../define/graph.ts";
import type { StageStatus } from "../state/stage.ts";

/** Status of each stage that has a row; a stage without one has not been reached. */
export type StatusOf = (stageId: string) => StageStatus | undefined;

/** `open`: not resolved; `ok`: counts for a join; `dead`: resolved, counts for none. */
export type Standing = "open" | "ok" | "dead";

export type Readiness = "wait" | "ready" | "skip";

/** A completed stage is ok; a failed one too when its policy is `continue`. */
export function standing(graph: Graph, stageId: string, statusOf: StatusOf): Standing {
  switch (statusOf(stageId)) {
    case "completed":
      return "ok";
    case "failed":
      return graph.nodes.get(stageId)?.onFailure === "continue" ? "ok" : "dead";
    case "skipped":
    case "cancelled":
      return "dead";
    default:
      return "open";
  }
}

/**
 * Whether a stage may start, from its dependencies alone. `all` waits until each is resolved and
 * needs one that is ok; `any` and `atLeast` start as soon as enough are ok; a stage whose join
 * can no longer be met is skipped.
 */
export function readiness(graph: Graph, node: StageNode, statusOf: StatusOf): Readiness {
  if (node.after.length === 0) return "ready";
  const standings = node.after.map((up) => standing(graph, up, statusOf));
  const ok = standings.filter((s) => s === "ok").length;
  const open = standings.filter((s) => s === "open").length;
  if (node.join === "all") {
    if (open > 0) return "wait";
    return ok > 0 ? "ready" : "skip";
  }
  const need = node.join === "any" ? 1 : node.join.atLeast;
  if (ok >= need) return "ready";
  return ok + open < need ? "skip" : "wait";
}

export interface ReadySet {
  readonly ready: readonly string[];
  readonly skipped: readonly string[];
}

export interface ReadyQuestion {
  readonly graph: Graph;
  readonly statusOf: StatusOf;
  /** Stages whose condition answered no: skipped instead of started. */
  readonly refused?: ReadonlySet<string>;
  /** The stage that has just ended: only what follows it is asked about. */
  readonly ended?: string;
}

/** Stages that may start now and stages that never will, following skips through the graph. */
export function readyStages({ graph, statusOf, refused, ended }: ReadyQuestion): ReadySet {
  const ready: string[] = [];
  const skipped = new Set<string>();
  const seen: StatusOf = (id) => (skipped.has(id) ? "skipped" : statusOf(id));
  const first = ended === undefined ? [...graph.nodes.keys()] : (graph.successors.get(ended) ?? []);
  const queue = first.flatMap((id) => graph.nodes.get(id) ?? []);
  for (let node = queue.shift(); node; node = queue.shift()) {
    const status = seen(node.id);
    if ((status !== undefined && status !== "blocked") || ready.includes(node.id)) continue;
    const verdict = readiness(graph, node, seen);
    if (verdict === "wait") continue;
    if (verdict === "ready" && !refused?.has(node.id)) {
      ready.push(node.id);
      continue;
    }
    skipped.add(node.id);
    for (const next of graph.successors.get(node.id) ?? []) {
      const successor = graph.nodes.get(next);
      if (successor) queue.push(successor);
    }
  }
  return { ready, skipped: [...skipped] };
}
