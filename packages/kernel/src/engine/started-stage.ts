import { stageKeyOf } from "../state/ids.ts";
import type { CommitPlan, Committed } from "../state/plan.ts";
import { resolved } from "../state/resolved.ts";
import type { RunRow } from "../state/run.ts";
import type { ClaimedStage } from "../state/snapshot.ts";
import type { StageRow } from "../state/stage.ts";
import type { StartEngine } from "./bound-engine.ts";

/** A stage that a plan inserts as running under a session of this process. */
export interface StartedStage {
  readonly plan: CommitPlan;
  readonly stageId: string;
  readonly run: RunRow;
  readonly result: Committed;
}

/**
 * It as a claim would have brought it, but for outputs that it reads; undefined when it is not the
 * session's any more.
 */
export async function startedStage(
  engine: StartEngine,
  { plan, stageId, run, result }: StartedStage,
): Promise<ClaimedStage | undefined> {
  const insert = plan.writes.find(
    (write) => write.op === "insert" && write.table === "stages" && write.row.stageId === stageId,
  );
  const written = resolved((insert as { row: object }).row, result.dbNow) as StageRow;
  const stage = result.replayed ? await stored(engine, written) : written;
  if (!stage) return undefined;
  return {
    stage,
    run,
    upstream: [],
    memo: { entries: [] },
    openWaits: [],
    stepAttempts: [],
    lastSeq: 0,
    session: { id: written.session as string, epoch: written.sessionEpoch as number },
    dbNow: result.dbNow,
    readAt: engine.clock.monotonic(),
  };
}

/** The row that an earlier try of the same commit wrote, at an instant that only it knows. */
async function stored(
  { persistence }: StartEngine,
  written: StageRow,
): Promise<StageRow | undefined> {
  const row = await persistence.query.get("stages", stageKeyOf(written));
  const isOurs = row?.session === written.session && row.fence === written.fence && !row.held;
  return isOurs && row.status === "running" ? row : undefined;
}
