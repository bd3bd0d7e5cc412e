import type { Graph } from "../define/graph.ts";
import type { StageFacts } from "../state/stage.ts";
import { type StatusOf, standing } from "./readiness.ts";

export interface Replayed {
  readonly graph: Graph;
  readonly stages: readonly StageFacts[];
  /** Made ready again. */
  readonly retried: StageFacts;
  /** Cancelled with the run that is reopened. */
  readonly again: readonly StageFacts[];
  /** Skipped because of the retried stage, to be reached anew. */
  readonly skipped: readonly StageFacts[];
}

/** What joins and sinks wait for once a dead letter has been replayed. */
export interface ReplayCounts {
  readonly sinksPending: number;
  /** Open dependencies of a join, or of a stage that has not been reached; 0 for any other. */
  pending(stageId: string): number;
  /** True for a join that has dependencies to wait for. */
  waits(stage: StageFacts): boolean;
  /** Joins that stay blocked and wait for another number than before. */
  readonly recounted: readonly StageFacts[];
}

export function countsAfter({ graph, stages, retried, again, skipped }: Replayed): ReplayCounts {
  const reopened = new Set([retried, ...again, ...skipped].map((row) => row.stageId));
  const statusOf: StatusOf = (id) =>
    reopened.has(id) ? "ready" : stages.find((row) => row.stageId === id)?.status;
  const isOpen = (id: string) => standing(graph, id, statusOf) === "open";
  const openBefore = (id: string) => graph.nodes.get(id)?.after.filter(isOpen).length ?? 0;
  const isSkipped = (id: string) => skipped.some((row) => row.stageId === id);
  const isJoin = (id: string) => (graph.nodes.get(id)?.after.length ?? 0) > 1;
  const unreached = new Set(stages.filter(isUnreached).map((row) => row.stageId));
  const counts = (id: string) => isJoin(id) || isSkipped(id) || unreached.has(id);
  const pending = (id: string) => (counts(id) ? openBefore(id) : 0);
  return {
    pending,
    sinksPending: graph.sinks.filter(isOpen).length,
    waits: (stage) => stage.startedAt === null && pending(stage.stageId) > 0,
    recounted: stages.filter(
      (row) => row.status === "blocked" && row.joinPending !== pending(row.stageId),
    ),
  };
}

/** Waiting, or cancelled before it began: perhaps put back to waiting by an earlier replay. */
const isUnreached = ({ startedAt, status }: StageFacts): boolean =>
  startedAt === null && (status === "blocked" || status === "cancelled");
