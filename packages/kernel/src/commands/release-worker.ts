import { draft } from "../decide/draft.ts";
import { decideYieldStage } from "../decide/yield-stage.ts";
import { announceWork } from "../engine/announce-work.ts";
import type { Commands, WorkerBeat } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { stageKeyOf } from "../state/ids.ts";
import type { WorkerRow } from "../state/lease.ts";
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

/** Rounds in which every stage had moved or was refused, before the lease is left to run out. */
const FRUITLESS_ROUNDS_MAX = 3;

/**
 * Ends a session: what it still owns is claimable at once, without a loss. It drains first, so
 * that no claim comes between giving back and the end. A session that still owns something is
 * not declared gone, since nobody looks after the stages of one that is: its lease runs out.
 */
export async function deregisterWorker(
  engine: Engine,
  { session }: Commands["worker.deregister"][0],
): Promise<{ released: number }> {
  const live = engine.sessions.get(session.id);
  if (live) live.draining = true;
  live?.stopAll("drained");
  await setStatus(engine, session.id, "draining");
  let released = 0;
  for (let fruitless = 0; fruitless < FRUITLESS_ROUNDS_MAX; ) {
    const { owned, given } = await giveBack(engine, session.id);
    released += given;
    if (owned === 0) {
      await setStatus(engine, session.id, "gone");
      break;
    }
    fruitless = given === 0 ? fruitless + 1 : 0;
  }
  engine.sessions.delete(session.id);
  if (released > 0) announceWork(engine);
  return { released };
}

/** Looks at what a session owns now and gives it back, which a stage that has moved refuses. */
async function giveBack(engine: Engine, id: string): Promise<{ owned: number; given: number }> {
  const owned = await engine.persistence.query.find({
    table: "stages",
    where: { namespace: engine.namespace, session: id, status: "running" },
    limit: engine.limits.sweepRows,
  });
  const results = await Promise.all(
    owned.map(async (stage) =>
      engine.commits.commit(
        decideYieldStage({
          commitId: engine.ids.newId(),
          stage: stageKeyOf(stage),
          fence: stage.fence,
          progressed: await hasProgressed(engine, stage),
        }),
      ),
    ),
  );
  return { owned: owned.length, given: results.filter((result) => result.ok).length };
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
