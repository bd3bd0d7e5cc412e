import { draft } from "../decide/draft.ts";
import type { Engine } from "../engine/engine.ts";
import { findDue, forEachDue } from "../engine/sweep.ts";
import type { SweepItem } from "../ports/persistence.ts";
import type { Write } from "../state/plan.ts";
import type { EpochMs } from "../state/time.ts";

/** Fewer rows stay for later: each deletion leaves a row of its own. */
const ROWS_MIN = 32;
const ROUNDS_MAX = 10;

export interface OldEvidence {
  readonly commits: readonly SweepItem[];
  readonly dbNow: EpochMs;
}

/**
 * Deletes rows that tell of commits and of sessions that are gone, once they are older than
 * `evidenceKeptMs`: nobody asks about an acknowledgement lost that long ago. Bounded, so that a
 * backlog goes in several rounds.
 */
export async function purgeEvidence(engine: Engine, old: OldEvidence): Promise<void> {
  const { evidenceKeptMs, sweepRows } = engine.limits;
  const workers = await engine.persistence.query.find({
    table: "workers",
    where: {
      namespace: engine.namespace,
      status: "gone",
      beatAt: { lt: old.dbNow - evidenceKeptMs },
    },
    limit: sweepRows,
  });
  let writes: readonly Write[] = [
    ...workers.map(({ id }): Write => ({ op: "delete", table: "workers", key: { id } })),
    ...old.commits.map(deletion),
  ];
  for (let round = 1; writes.length >= ROWS_MIN; round++) {
    const plan = draft({ commitId: engine.ids.newId(), writes });
    const done = await forEachDue(engine, [plan], async () => {
      return (await engine.commits.commit(plan)).ok;
    });
    if (done === 0 || round === ROUNDS_MAX) return;
    const left = await findDue(engine, ["commitsOld"], { olderThanMs: evidenceKeptMs });
    writes = left.map(deletion);
  }
}

const deletion = ({ id = "" }: SweepItem): Write => ({
  op: "delete",
  table: "commits",
  key: { commitId: id },
});
