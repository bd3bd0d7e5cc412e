import type { Engine } from "../engine/engine.ts";
import type { WorkerRow } from "../state/lease.ts";

const WORKERS_MAX = 1_000;

/** Worker sessions that are active or draining. */
export const listWorkers = (engine: Engine): Promise<readonly WorkerRow[]> =>
  engine.persistence.query.find({
    table: "workers",
    where: { namespace: engine.namespace, status: { in: ["active", "draining"] } },
    limit: WORKERS_MAX,
  });
