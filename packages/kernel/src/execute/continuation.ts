import type { FinishPlan } from "../decide/finish-stage.ts";
import { stageKeyOf } from "../state/ids.ts";
import type { Committed } from "../state/plan.ts";
import type { ClaimedStage, UpstreamOutput } from "../state/snapshot.ts";
import type { StageRow } from "../state/stage.ts";
import { type EpochMs, isDbInstant } from "../state/time.ts";
import type { Execution } from "./execution.ts";

/**
 * The stage that an end has started for this session, as a claim would have brought it; undefined
 * when it is not ours any more.
 */
export async function continuation(
  execution: Execution,
  { plan, started }: FinishPlan,
  result: Committed,
): Promise<ClaimedStage | undefined> {
  const { claimed, session, key } = execution;
  const insert = plan.writes.find(
    (write) => write.op === "insert" && write.table === "stages" && write.row.stageId === started,
  );
  const written = resolved((insert as { row: object }).row, result.dbNow) as StageRow;
  const stage = result.replayed ? await stored(execution, written) : written;
  if (!stage) return undefined;
  return {
    stage,
    run: { ...claimed.run, rev: result.revs[key.runId] ?? claimed.run.rev },
    upstream: readable(execution, plan.writes, stage.reads),
    memo: { entries: [] },
    openWaits: [],
    stepAttempts: [],
    lastSeq: 0,
    session: session.ref,
    dbNow: result.dbNow,
    readAt: execution.engine.clock.monotonic(),
  };
}

/** The row that an earlier try of the same commit wrote, at an instant that only it knows. */
async function stored(
  { engine, session }: Execution,
  written: StageRow,
): Promise<StageRow | undefined> {
  const row = await engine.persistence.query.get("stages", stageKeyOf(written));
  const isOurs = row?.session === session.ref.id && row.fence === written.fence && !row.held;
  return isOurs && row.status === "running" ? row : undefined;
}

/** True when this execution holds every output that the next stage reads. */
export function holdsReads({ claimed, node }: Execution, reads: readonly string[]): boolean {
  const held = new Set([node.id, ...claimed.upstream.map((up) => up.stageId)]);
  return reads.every((id) => held.has(id));
}

function readable(
  { claimed, node, key }: Execution,
  writes: FinishPlan["plan"]["writes"],
  reads: readonly string[],
): UpstreamOutput[] {
  const end = writes.find(
    (write) => write.op === "update" && write.table === "stages" && write.key.stageId === node.id,
  );
  const output = (end as { set: { output?: string } }).set.output ?? null;
  const own: UpstreamOutput = {
    stageId: node.id,
    mapIndex: key.mapIndex,
    status: "completed",
    output,
  };
  return [own, ...claimed.upstream].filter((up) => reads.includes(up.stageId));
}

const resolved = (row: object, dbNow: EpochMs): object =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      isDbInstant(value) ? dbNow + value.dbNow : value,
    ]),
  );
