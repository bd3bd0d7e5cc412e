import {
  decideBarClaims,
  decideExpireWorker,
  decideReapLease,
  decideWorkerGone,
  type ReapLease,
} from "../decide/reap-lease.ts";
import { announceWork } from "../engine/announce-work.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { forEachDue, sweepDue, tendDue } from "../engine/sweep.ts";
import { takeStages } from "../engine/take-stages.ts";
import type { StageKey } from "../state/ids.ts";
import type { SeenSession } from "../state/lease.ts";
import type { EpochMs } from "../state/time.ts";
import { lastSeq } from "./last-seq.ts";

type Reaped = { readonly stages: number; readonly gone: boolean };

const NOTHING: Reaped = { stages: 0, gone: false };

/** Makes the stages of expired sessions claimable again and declares those sessions gone. */
export async function reapStale(
  engine: Engine,
  { limit, dead = [] }: Commands["lease.reapStale"][0],
): Promise<{ sessions: number; stages: number }> {
  await forEachDue(engine, dead, (one) => expire(engine, one));
  const { items, dbNow } = await sweepDue(engine, ["sessionExpired"], { limit });
  let stages = 0;
  const sessions = await tendDue(engine, items, async ({ id = "" }) => {
    const reaped = await reapSession(engine, id, dbNow);
    stages += reaped.stages;
    return reaped.gone;
  });
  if (stages > 0) announceWork(engine);
  return { sessions, stages };
}

/**
 * A session whose process is known to be gone need not run out. One that has beaten since it was
 * looked at is not judged by what was seen then.
 */
async function expire(engine: Engine, dead: string | SeenSession): Promise<boolean> {
  const { id, version } = typeof dead === "string" ? { id: dead } : dead;
  const worker = await engine.persistence.query.get("workers", { id });
  if (worker?.namespace !== engine.namespace || worker.status === "gone") return false;
  const seen = { id, version: version ?? worker.version };
  return (await engine.commits.commit(decideExpireWorker(seen, engine.ids.newId()))).ok;
}

/**
 * Reaps one session. Its row is changed first: a claim that is under way holds that row, so after
 * this commit all that the session ever claims is there to be found. Each commit guards the lease
 * as it stands then, so a heartbeat keeps what is left; the session is declared gone last, so a
 * reaper that dies leaves the rest due.
 */
export async function reapSession(engine: Engine, id: string, dbNow: EpochMs): Promise<Reaped> {
  const expired = await engine.persistence.query.get("workers", { id });
  if (!expired || expired.status === "gone" || expired.expiresAt > dbNow) return NOTHING;
  const barred = await engine.commits.commit(decideBarClaims(expired, engine.ids.newId()));
  if (!barred.ok) return NOTHING;
  const worker = { id, version: expired.version + 1 };
  const { taken, all } = await takeStages(engine, id, (stage) =>
    reapStage(engine, { worker, stage, dbNow }),
  );
  if (!all) return { stages: taken, gone: false };
  const result = await engine.commits.commit(decideWorkerGone(worker, engine.ids.newId()));
  return { stages: taken, gone: result.ok };
}

/** Takes a stage from a session that is gone: nobody else looks after it. It counts as a loss. */
export async function reapOrphan(
  engine: Engine,
  { stage: key, dbNow }: { readonly stage: StageKey; readonly dbNow: EpochMs },
): Promise<boolean> {
  const { query } = engine.persistence;
  const stage = await query.get("stages", key);
  if (stage?.status !== "running" || stage.namespace !== engine.namespace) return false;
  const worker = await query.get("workers", { id: stage.session ?? "" });
  if (worker && worker.status !== "gone") return false;
  if (!(await reapStage(engine, { stage, dbNow }))) return false;
  announceWork(engine, [stage.queue]);
  return true;
}

type OwnedStage = Pick<ReapLease, "worker" | "stage" | "dbNow">;

async function reapStage(engine: Engine, owned: OwnedStage): Promise<boolean> {
  const result = await engine.commits.commit(
    decideReapLease({
      ...owned,
      commitId: engine.ids.newId(),
      deadLetterId: engine.ids.newId(),
      lastSeq: await lastSeq(engine, owned.stage),
      lossesCountedMax: engine.limits.lossesCountedMax,
    }),
    [owned.stage],
  );
  return result.ok;
}
