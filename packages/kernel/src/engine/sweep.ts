import { EngineError } from "../errors/engine-error.ts";
import type { SweepItem, SweepKind, SweepReport, SweepRequest } from "../ports/persistence.ts";
import type { Engine } from "./engine.ts";

export interface SweepOptions {
  readonly limit?: number | undefined;
  readonly olderThanMs?: number;
}

/**
 * What needs attention now, bounded; the caller decides and commits with guards of its own. What
 * came to nothing lately comes last and takes no place from others.
 */
export async function sweepDue(
  engine: Engine,
  kinds: readonly SweepKind[],
  { limit = engine.limits.sweepRows, olderThanMs }: SweepOptions = {},
): Promise<SweepReport> {
  const request: SweepRequest = {
    namespace: engine.namespace,
    kinds,
    limit: limit + engine.fruitless.size,
    definitions: definitionsOf(engine),
    ...(olderThanMs === undefined ? {} : { olderThanMs }),
  };
  const { items, dbNow } = await engine.persistence.sweep(request);
  return { items: engine.fruitless.bound(items, { kinds, limit }), dbNow };
}

export const findDue = async (
  engine: Engine,
  kinds: readonly SweepKind[],
  options?: SweepOptions,
): Promise<readonly SweepItem[]> => (await sweepDue(engine, kinds, options)).items;

/** What this process has the code of: it can do nothing about other runs that only code moves. */
export const definitionsOf = (engine: Engine): readonly string[] =>
  engine.registry.workflows.map((workflow) => workflow.definition);

/** `forEachDue` for what a sweep found: an item of which nothing came does not hide others. */
export const tendDue = (
  engine: Engine,
  items: readonly SweepItem[],
  act: (item: SweepItem) => Promise<boolean>,
): Promise<number> =>
  forEachDue(engine, items, async (item) => {
    engine.fruitless.note(item, false);
    const done = await act(item);
    engine.fruitless.note(item, done);
    return done;
  });

/**
 * Runs `act` on each item. One that conflicts or fails does not stop the others; what failed for
 * another reason than a moved row is logged. Answers how many succeeded.
 */
export async function forEachDue<T>(
  engine: Engine,
  items: readonly T[],
  act: (item: T) => Promise<boolean>,
): Promise<number> {
  const outcomes = await Promise.all(
    items.map((item) =>
      act(item).catch((error: unknown) => {
        if (!hasMoved(error)) {
          engine.logger.log("error", "maintenance of a row failed", { item, error });
        }
        return false;
      }),
    ),
  );
  return outcomes.filter(Boolean).length;
}

/** Somebody else was faster, or removed the run or row. */
const hasMoved = (error: unknown): boolean =>
  EngineError.is(error) &&
  (error.kind === "conflict" || error.code === "E_RUN_UNKNOWN" || error.code === "E_ROW_UNKNOWN");
