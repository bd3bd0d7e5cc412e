import type { Engine } from "../engine/engine.ts";
import { definitionsOf } from "../engine/sweep.ts";
import type { EpochMs } from "../state/time.ts";

/** More need not be told apart: they are claimed one by one. */
const COUNTED_MAX = 100;

/** Counts suspects of this process's definitions that no idle worker has taken for long. */
export const waitingSuspects = (
  engine: Engine,
  { queues }: { readonly queues?: readonly string[] | undefined },
  dbNow: EpochMs,
): Promise<number> =>
  engine.persistence.query.count(
    "stages",
    {
      namespace: engine.namespace,
      suspect: true,
      held: false,
      status: "ready",
      definition: { in: definitionsOf(engine) },
      availableAt: { lt: dbNow - engine.limits.suspectPatienceMs },
      ...(queues ? { queue: { in: queues } } : {}),
    },
    COUNTED_MAX,
  );
