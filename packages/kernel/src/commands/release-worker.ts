import { draft } from "../decide/draft.ts";
import { decideYieldStage } from "../decide/yield-stage.ts";
import { announceWork } from "../engine/announce-work.ts";
import type { Commands, WorkerBeat } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { takeStages } from "../engine/take-stages.ts";
import { stageKeyOf } from "../state/ids.ts";
import type { WorkerRow } from "../state/lease.ts";
import type { StageRow } from "../state/stage.ts";
import { fromDbNow } from "../state/time.ts";
import { hasProgressed } from "./last-seq.ts";

/** Asks a session to take no new stages; it ends them and deregisters. */
export async function drainWorker(
  engine: Engine,
  { session }: Commands["worker.drain"][0],
): Promise<WorkerBeat> {
  const live = engine.sessions.get(session.id);
  if (live) live.draining = true;
  const alive = await setStatus(engine, session.id, "draining");
  return { alive, draining: alive };
}

/**
 * Ends a session: what it still owns is claimable at once, without a loss. It drains first, so
 * that neither a claim nor a start comes between giving back and the end. A session that could
 * not be drained, or still owns something, is not declared gone: its lease runs out.
 */
export async function deregisterWorker(
  engine: Engine,
  { session }: Commands["worker.deregister"][0],
): Promise<{ released: number }> {
  const live = engine.sessions.get(session.id);
  if (live) live.draining = true;
  live?.stopAll("drained");
  const drained = await setStatus(engine, session.id, "draining");
  const { taken, all } = await takeStages(engine, session.id, (stage) => giveBack(engine, stage));
  if (drained && all) await setStatus(engine, session.id, "gone");
  engine.sessions.delete(session.id);
  if (taken > 0) announceWork(engine);
  return { released: taken };
}

/** A stage that has moved refuses. */
async function giveBack(engine: Engine, stage: StageRow): Promise<boolean> {
  const plan = decideYieldStage({
    commitId: engine.ids.newId(),
    stage: stageKeyOf(stage),
    fence: stage.fence,
    progressed: await hasProgressed(engine, stage),
  });
  return (await engine.commits.commit(plan, [stage])).ok;
}

/** False when the session is unknown here or already gone. */
async function setStatus(
  engine: Engine,
  id: string,
  status: WorkerRow["status"],
): Promise<boolean> {
  for (let attempt = 0; attempt < engine.limits.commitAttemptsMax; attempt++) {
    const row = await engine.persistence.query.get("workers", { id });
    if (!row || row.namespace !== engine.namespace || row.status === "gone") return false;
    const set = { status, version: row.version + 1, beatAt: fromDbNow() };
    const result = await engine.commits.commit(
      draft({
        commitId: engine.ids.newId(),
        guards: [{ kind: "version", row: { table: "workers", key: { id } }, version: row.version }],
        writes: [{ op: "update", table: "workers", key: { id }, set }],
      }),
    );
    if (result.ok) return true;
  }
  return false;
}
