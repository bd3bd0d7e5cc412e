import {
  decideBarClaims,
  decideExpireWorker,
  decideReapLease,
  decideWorkerGone,
} from "../decide/reap-lease.ts";
import { announceWork } from "../engine/announce-work.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { forEachDue, sweepDue, tendDue } from "../engine/sweep.ts";
import type { WorkerRow } from "../state/lease.ts";
import type { StageFacts } from "../state/stage.ts";
import type { EpochMs } from "../state/time.ts";
import { lastSeq } from "./last-seq.ts";

/** Rounds in which every stage had moved or was refused, before the next sweep goes on. */
const FRUITLESS_ROUNDS_MAX = 3;

/** Makes the stages of expired sessions claimable again and declares those sessions gone. */
export async function reapStale(
  engine: Engine,
  { limit, dead = [] }: Commands["lease.reapStale"][0],
): Promise<{ sessions: number; stages: number }> {
  await forEachDue(engine, dead, (id) => expire(engine, id));
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

/** A session whose process is known to be gone need not run out; one that lives beats again. */
async function expire(engine: Engine, id: string): Promise<boolean> {
  const worker = await engine.persistence.query.get("workers", { id });
  if (worker?.namespace !== engine.namespace || worker.status === "gone") return false;
  const plan = decideExpireWorker(worker, engine.ids.newId());
  return (await engine.commits.commit(plan)).ok;
}

/**
 * Reaps one session. Its row is changed first: a claim that is under way holds that row, so after
 * this commit all that the session ever claims is there to be found. Each commit guards the lease
 * as it stands then, so a heartbeat keeps what is left; the session is declared gone last, so a
 * reaper that dies leaves the rest due.
 */
export async function reapSession(
  engine: Engine,
  id: string,
  dbNow: EpochMs,
): Promise<{ stages: number; gone: boolean }> {
  const expired = await engine.persistence.query.get("workers", { id });
  let stages = 0;
  if (!expired || expired.status === "gone" || expired.expiresAt > dbNow) {
    return { stages, gone: false };
  }
  const barred = await engine.commits.commit(decideBarClaims(expired, engine.ids.newId()));
  if (!barred.ok) return { stages, gone: false };
  const worker = { ...expired, version: expired.version + 1 };
  for (let fruitless = 0; ; ) {
    const owned = await engine.persistence.query.find({
      table: "stages",
      where: { session: id, status: "running" },
      limit: engine.limits.sweepRows,
    });
    const reaped = await forEachDue(engine, owned, (stage) =>
      reapStage(engine, { worker, stage, dbNow }),
    );
    stages += reaped;
    if (owned.length === 0) break;
    fruitless = reaped === 0 ? fruitless + 1 : 0;
    if (fruitless === FRUITLESS_ROUNDS_MAX) return { stages, gone: false };
  }
  const result = await engine.commits.commit(decideWorkerGone(worker, engine.ids.newId()));
  return { stages, gone: result.ok };
}

interface OwnedStage {
  readonly worker: WorkerRow;
  readonly stage: StageFacts;
  readonly dbNow: EpochMs;
}

async function reapStage(engine: Engine, owned: OwnedStage): Promise<boolean> {
  const result = await engine.commits.commit(
    decideReapLease({
      ...owned,
      commitId: engine.ids.newId(),
      deadLetterId: engine.ids.newId(),
      lastSeq: await lastSeq(engine, owned.stage),
      lossesCountedMax: engine.limits.lossesCountedMax,
    }),
  );
  return result.ok;
}
