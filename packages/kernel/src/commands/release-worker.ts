import { draft } from "../decide/draft.ts";
import { decideYieldStage } from "../decide/yield-stage.ts";
import type { Commands, WorkerBeat } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { stageKeyOf } from "../state/ids.ts";
import type { WorkerRow } from "../state/lease.ts";
import { fromDbNow } from "../state/time.ts";

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
 * that no claim comes between giving back and the end.
 */
export async function deregisterWorker(
  engine: Engine,
  { session }: Commands["worker.deregister"][0],
): Promise<{ released: number }> {
  engine.sessions.get(session.id)?.stopAll("drained");
  await setStatus(engine, session.id, "draining");
  let released = 0;
  for (;;) {
    const owned = await engine.persistence.query.find({
      table: "stages",
      where: { namespace: engine.namespace, session: session.id, status: "running" },
      limit: engine.limits.sweepRows,
    });
    const results = await Promise.all(
      owned.map((stage) =>
        engine.commits.commit(
          decideYieldStage({
            commitId: engine.ids.newId(),
            stage: stageKeyOf(stage),
            fence: stage.fence,
            riders: [],
            riderGuards: [],
          }),
        ),
      ),
    );
    const done = results.filter((result) => result.ok).length;
    released += done;
    if (owned.length === 0 || done === 0) break;
  }
  await setStatus(engine, session.id, "gone");
  engine.sessions.delete(session.id);
  if (released > 0) engine.pokes.send({ type: "ready" });
  return { released };
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
    const result = await engine.commits.commit(
      draft({
        commitId: engine.ids.newId(),
        guards: [{ kind: "version", row: { table: "workers", key: { id } }, version: row.version }],
        writes: [
          {
            op: "update",
            table: "workers",
            key: { id },
            set: { status, version: row.version + 1, beatAt: fromDbNow() },
          },
        ],
      }),
    );
    if (result.ok) return true;
  }
  return false;
}
