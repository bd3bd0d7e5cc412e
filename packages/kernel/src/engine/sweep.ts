import { EngineError } from "../errors/engine-error.ts";
import type { SweepItem, SweepKind } from "../ports/persistence.ts";
import type { Engine } from "./engine.ts";

export interface SweepOptions {
  readonly limit?: number | undefined;
  readonly olderThanMs?: number;
}

/** What needs attention now, bounded; the caller decides and commits with guards of its own. */
export async function findDue(
  engine: Engine,
  kinds: readonly SweepKind[],
  options: SweepOptions = {},
): Promise<readonly SweepItem[]> {
  const { limit = engine.limits.sweepRows, olderThanMs } = options;
  const report = await engine.persistence.sweep({
    namespace: engine.namespace,
    kinds,
    limit,
    definitions: definitionsOf(engine),
    ...(olderThanMs === undefined ? {} : { olderThanMs }),
  });
  return report.items;
}

/** What this process has the code of: it can do nothing about other runs that only code moves. */
export const definitionsOf = (engine: Engine): readonly string[] =>
  engine.registry.workflows.map((workflow) => workflow.definition);

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
        const moved =
          EngineError.is(error) && (error.kind === "conflict" || error.kind === "missing");
        if (!moved) engine.logger.log("error", "maintenance of a row failed", { item, error });
        return false;
      }),
    ),
  );
  return outcomes.filter(Boolean).length;
}
