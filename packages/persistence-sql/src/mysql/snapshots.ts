import type { RunId, Snapshot, SnapshotNeed } from "@pawl/kernel/ports";
import { snapshotReads } from "../statements/load.ts";
import type { Session } from "./session.ts";
import { type MysqlStore, nowStatement } from "./store.ts";

interface Asked {
  readonly runId: RunId;
  readonly need: SnapshotNeed;
}

/** One consistent view of a run, in one round trip. */
export async function loadSnapshot(
  store: MysqlStore,
  session: Session,
  { runId, need }: Asked,
): Promise<Snapshot | undefined> {
  const { statements, answer } = snapshotReads(store.schema, runId, need);
  const [time, ...rows] = await session.reading([nowStatement(store), ...statements]);
  return answer(rows, Number(time?.[0]?.[0]));
}
