import { type Decision, isRejection, type Rejection, SETTLED } from "../decide/draft.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { CommitPlan, Committed } from "../state/plan.ts";
import type { Snapshot, SnapshotNeed } from "../state/snapshot.ts";
import type { Engine } from "./engine.ts";

export interface Change {
  readonly runId: string;
  readonly need: SnapshotNeed;
  /** Decides anew from each fresh snapshot; may read what the snapshot does not hold. */
  readonly decide: (snapshot: Snapshot) => Decision | Promise<Decision>;
}

export interface Changed {
  readonly snapshot: Snapshot;
  /** Absent when nothing had to be done. */
  readonly committed?: Committed;
  readonly plan?: CommitPlan;
}

/**
 * Load → decide → commit; a conflict loads and decides again, bounded.
 *
 * @throws EngineError E_RUN_UNKNOWN, E_RUN_TERMINAL, E_STATE_INVALID, E_RUN_LIVE, E_CONFLICT
 */
export async function changeRun(engine: Engine, change: Change): Promise<Changed> {
  for (let attempt = 0; attempt < engine.limits.commitAttemptsMax; attempt++) {
    const snapshot = await loadRun(engine, change.runId, change.need);
    const decision = await change.decide(snapshot);
    if (decision === SETTLED) return { snapshot };
    if (isRejection(decision)) throw rejectionError(decision, change.runId);
    const result = await engine.commits.commit(decision, snapshot.stages);
    if (result.ok) return { snapshot, committed: result, plan: decision };
  }
  throw new EngineError(
    "E_CONFLICT",
    `Run ${change.runId} kept changing while ${engine.limits.commitAttemptsMax} attempts were ` +
      "made to change it. Try again.",
    { details: { runId: change.runId } },
  );
}

/** A run of another namespace is unknown here. */
async function loadRun(engine: Engine, runId: string, need: SnapshotNeed): Promise<Snapshot> {
  const snapshot = await engine.persistence.load(runId, need);
  if (snapshot && snapshot.run.namespace === engine.namespace) return snapshot;
  throw unknownRun(runId);
}

export const unknownRun = (runId: string): EngineError =>
  new EngineError("E_RUN_UNKNOWN", `There is no run ${JSON.stringify(runId)}. Check its id.`, {
    details: { runId },
  });

const CODE_OF = {
  terminal: "E_RUN_TERMINAL",
  state: "E_STATE_INVALID",
  live: "E_RUN_LIVE",
  missing: "E_ROW_UNKNOWN",
} as const;

const rejectionError = ({ rejected, message }: Rejection, runId: string): EngineError =>
  new EngineError(CODE_OF[rejected], message, { details: { runId } });
