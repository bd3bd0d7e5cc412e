import type { SweepReport, SweepRequest } from "@pawl/kernel/ports";
import { sweepReport, sweepStatement } from "../statements/sweep.ts";
import type { SqliteStore } from "./store.ts";
import { all, type Work } from "./work.ts";

/** What needs attention, by one statement. */
export function* sweep(store: SqliteStore, request: SweepRequest): Work<SweepReport> {
  const now = store.now();
  if (request.kinds.length === 0) return { items: [], dbNow: now };
  return sweepReport(request, yield* all(sweepStatement(store.schema, request, now)), now);
}
