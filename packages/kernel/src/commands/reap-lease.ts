import { draft } from "../decide/draft.ts";
import { decideReapLease } from "../decide/reap-lease.ts";
import { type StageKey, stageKeyOf } from "../state/ids.ts";
import type { StageFacts } from "../state/stage.ts";
import type { EpochMs } from "../state/time.ts";
import type { Commands } from "./command.ts";
import type { Engine } from "./engine.ts";
import { forEachDue } from "./sweep.ts";

/** Declares expired sessions gone and makes their stages claimable again. */
export async function reapStale(
  engine: Engine,
  { limit }: Commands["lease.reapStale"][0],
): Promise<{ sessions: number; stages: number }> {
  const { items, dbNow } = await engine.persistence.sweep({
    namespace: engine.namespace,
    kinds: ["sessionExpired"],
    limit: limit ?? engine.limits.sweepRows,
  });
  let stages = 0;
  const sessions = await forEachDue(engine, items, async ({ id }) => {
    if (id === undefined || !(await declareGone(engine, id, dbNow))) return false;
    stages += await reapStagesOf(engine, id, dbNow);
    return true;
  });
  if (stages > 0) engine.pokes.send({ type: "ready" });
  return { sessions, stages };
}

/** Re-checks the lease in its own commit: a heartbeat since the sweep keeps the session. */
async function declareGone(engine: Engine, id: string, dbNow: EpochMs): Promise<boolean> {
  const row = await engine.persistence.query.get("workers", { id });
  if (!row || row.status === "gone" || row.expiresAt > dbNow) return false;
  const result = await engine.commits.commit(
    draft({
      commitId: engine.ids.newId(),
      guards: [{ kind: "version", row: { table: "workers", key: { id } }, version: row.version }],
      writes: [
        {
          op: "update",
          table: "workers",
          key: { id },
          set: { status: "gone", version: row.version + 1 },
        },
      ],
    }),
  );
  return result.ok;
}

/** Until none is left: an end that was under way may have started the next stage meanwhile. */
async function reapStagesOf(
  engine: Engine,
  session: string,
  dbNow: EpochMs,
): Promise<number> {
  let reaped = 0;
  for (;;) {
    const stages = await engine.persistence.query.find({
      table: "stages",
      where: { session, status: "running" },
      limit: engine.limits.sweepRows,
    });
    if (stages.length === 0) return reaped;
    reaped += await forEachDue(engine, stages, (stage) => reapStage(engine, stage, dbNow));
  }
}

async function reapStage(engine: Engine, stage: StageFacts, dbNow: EpochMs): Promise<boolean> {
  const result = await engine.commits.commit(
    decideReapLease({
      commitId: engine.ids.newId(),
      deadLetterId: engine.ids.newId(),
      stage,
      lastSeq: await lastSeq(engine, stageKeyOf(stage)),
      lossesCountedMax: engine.limits.lossesCountedMax,
      dbNow,
    }),
  );
  return result.ok;
}

async function lastSeq(engine: Engine, stage: StageKey): Promise<number> {
  const [step] = await engine.persistence.query.find({
    table: "steps",
    where: { ...stage },
    orderBy: ["seq"],
    descending: true,
    limit: 1,
  });
  return step?.seq ?? 0;
}
