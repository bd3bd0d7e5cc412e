import type { EpochMs, Snapshot } from "@pawl/kernel/ports";
import type { SnapshotReads } from "../statements/load.ts";
import { allOf, type Work } from "./work.ts";

/** What the reads of a snapshot come to. */
export function* answered(
  { now }: { now(): EpochMs },
  { statements, answer }: SnapshotReads,
): Work<Snapshot | undefined> {
  return answer(yield* allOf(statements), now());
}
