import type { Engine } from "../engine/engine.ts";
import type { RunRow } from "../state/run.ts";

/** Stages that could go on, and no live worker that takes them. */
export interface NoCompatibleWorker {
  /** Workflow, version and structure that a worker must have: `id@version#structure`. */
  readonly definition: string;
  /** Queues of these stages that no live worker with the definition serves. */
  readonly queues: readonly string[];
  /** Workers that are live, whatever they can do. */
  readonly workers: number;
  /** What the live workers have instead of this workflow, as `definition`. */
  readonly others: readonly string[];
}

const ROWS_MAX = 1_000;

/**
 * Why nobody goes on with a running run; null when somebody may. Leases are held against the clock
 * of this process: good enough to show, and nothing is decided by it.
 */
export async function noCompatibleWorker(
  engine: Engine,
  run: RunRow,
): Promise<NoCompatibleWorker | null> {
  if (run.status !== "running") return null;
  const { query } = engine.persistence;
  const stages = await query.find({
    table: "stages",
    where: {
      runId: run.id,
      superseded: false,
      held: false,
      status: { in: ["ready", "suspended"] },
    },
    limit: ROWS_MAX,
  });
  if (stages.length === 0) return null;
  const workers = await query.find({
    table: "workers",
    where: {
      namespace: engine.namespace,
      status: "active",
      expiresAt: { gt: engine.clock.now() },
    },
    limit: ROWS_MAX,
  });
  const able = workers.filter(({ definitions }) => definitions.includes(run.definition));
  const isServed = (queue: string): boolean =>
    able.some(({ queues }) => queues.length === 0 || queues.includes(queue));
  const queues = [...new Set(stages.map(({ queue }) => queue))].filter((one) => !isServed(one));
  if (queues.length === 0) return null;
  const others = able.length > 0 ? [] : workers.flatMap(({ definitions }) => definitions);
  return {
    definition: run.definition,
    queues,
    workers: workers.length,
    others: [...new Set(others)],
  };
}
