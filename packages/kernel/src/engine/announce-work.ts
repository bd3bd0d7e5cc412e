import type { Graph } from "../define/graph.ts";
import type { WorkBell } from "../ports/work-bell.ts";
import type { Engine } from "./engine.ts";

/** What telling of work needs. */
export interface Announcing extends Pick<Engine, "pokes" | "namespace" | "logger"> {
  readonly persistence: { readonly workBell?: Pick<WorkBell, "ring"> };
}

/**
 * Stages may be claimed now: tells the host of this process and rings for those of others. Without
 * `queues` it may be any. Only after the commit, which it never makes fail.
 */
export function announceWork(engine: Announcing, queues?: Iterable<string>): void {
  engine.pokes.send({ type: "ready" });
  ringForWork(engine, queues);
}

/** Rings for the hosts of other processes alone. */
export function ringForWork(
  { persistence, namespace, logger }: Announcing,
  queues?: Iterable<string>,
): void {
  const { workBell } = persistence;
  if (!workBell) return;
  try {
    if (!queues) workBell.ring({ namespace });
    else for (const queue of new Set(queues)) workBell.ring({ namespace, queue });
  } catch (error) {
    logger.log("warn", "other processes could not be told of work", { error });
  }
}

/** Queues of the stages with these ids, in a run of that queue. */
export const queuesOf = (
  { nodes }: Graph,
  ids: readonly string[],
  queue: string,
): readonly string[] => ids.map((id) => nodes.get(id)?.stage.queue ?? queue);

/** Hears of work that other processes announce in this namespace. Answers how to stop. */
export function listenToOthers(
  { persistence, namespace, logger }: Engine,
  heard: (queue?: string) => void,
): () => Promise<void> {
  const stop = persistence.workBell?.listen((place) => {
    if (!place || place.namespace === namespace) heard(place?.queue);
  }, logger);
  return stop ?? (async () => {});
}
