import type { Graph, StageNode } from "../define/graph.ts";
import type { SessionRef } from "../state/ids.ts";
import type { Write } from "../state/plan.ts";
import type { RunFacts } from "../state/run.ts";
import { type EpochMs, fromDbNow, type TimeValue } from "../state/time.ts";
import { insertStage } from "./stage-rows.ts";

export interface Opening {
  readonly writes: readonly Write[];
  readonly opens: readonly string[];
  /** Joins: they wait for several others. */
  readonly blocks: readonly string[];
}

export interface OpenRoots {
  readonly run: Pick<RunFacts, "id" | "namespace" | "definition" | "queue" | "priority">;
  readonly graph: Graph;
  readonly ageingMs: number;
  /** A pending run's roots wait for its start: no code is needed to start them then. */
  readonly pending: boolean;
  /** When a pending run starts. */
  readonly startAt: EpochMs | null;
  /** The workflow's limit for its first stages; a stage's own may be shorter. */
  readonly startTimeoutMs: number | undefined;
  /** Begins the only root at once, under this session: a limit for its start is kept by that. */
  readonly owner: SessionRef | undefined;
}

/** Rows that a run begins with: its roots, ready or waiting for the start, and its joins. */
export function openRoots(input: OpenRoots): Opening {
  const { run, graph, ageingMs, pending } = input;
  const nodes = [...graph.nodes.values()];
  const roots = nodes.filter((node) => node.after.length === 0);
  const joins = nodes.filter((node) => node.after.length > 1);
  const status = pending ? "blocked" : input.owner ? "running" : "ready";
  return {
    opens: pending ? [] : graph.roots,
    blocks: [...(pending ? roots : []), ...joins].map((node) => node.id),
    writes: [
      ...roots.map((node) =>
        insertStage({
          run,
          node,
          status,
          ageingMs,
          ...(input.owner ? { owner: input.owner } : { startDeadline: startDeadline(node, input) }),
        }),
      ),
      ...joins.map((node) => insertStage({ run, node, status: "blocked", ageingMs })),
    ],
  };
}

function startDeadline(
  { stage }: StageNode,
  { startAt, startTimeoutMs = Number.POSITIVE_INFINITY }: OpenRoots,
): TimeValue | null {
  const limitMs = Math.min(startTimeoutMs, stage.startTimeoutMs ?? Number.POSITIVE_INFINITY);
  if (limitMs === Number.POSITIVE_INFINITY) return null;
  return startAt === null ? fromDbNow(limitMs) : startAt + limitMs;
}
