import type { RunId, Snapshot, SnapshotNeed } from "@pawl/kernel/ports";
import { snapshotReads } from "../statements/load.ts";
import type { SqliteStore } from "./store.ts";
import { allOf, type Work } from "./work.ts";

/** A run and what is asked of it; one view when nothing writes meanwhile. */
export function* snapshotOf(
  store: Pick<SqliteStore, "schema" | "now">,
  runId: RunId,
  need: SnapshotNeed,
): Work<Snapshot | undefined> {
  const { statements, answer } = snapshotReads(store.schema, runId, need);
  return answer(yield* allOf(statements), store.now());
}
