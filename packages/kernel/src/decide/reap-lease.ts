import type { Failure } from "../state/failure.ts";
import { stageKeyOf } from "../state/ids.ts";
import type { SeenSession, WorkerRow } from "../state/lease.ts";
import type { CommitPlan, Guard } from "../state/plan.ts";
import type { StageFacts } from "../state/stage.ts";
import type { Writable } from "../state/tables.ts";
import { type EpochMs, fromDbNow } from "../state/time.ts";
import { draft, stageGuard, updateStage } from "./draft.ts";
import { stageAttempt } from "./fail-attempt.ts";
import { heldEvent, heldLetter } from "./hold-stage.ts";

export interface ReapLease {
  readonly commitId: string;
  readonly deadLetterId: string;
  /**
   * The session as it was read: a heartbeat since then keeps the stage. Absent for one that is
   * gone: no heartbeat brings it back.
   */
  readonly worker?: SeenSession | undefined;
  readonly stage: StageFacts;
  /** Highest seq of the stage's records and waits now; above `lossSeq` it made progress. */
  readonly lastSeq: number;
  readonly lossesCountedMax: number;
  readonly dbNow: EpochMs;
}

/**
 * Takes a stage from a dead session. It costs no attempt, and the first loss changes nothing
 * else. Lost again with no new record it is suspect and is claimed alone next; only losses taken
 * alone count, and `lossesCountedMax` of them with no new record quarantine it.
 */
export function decideReapLease(reap: ReapLease): CommitPlan {
  const { stage } = reap;
  const progressed = reap.lastSeq > stage.lossSeq;
  const losses = progressed ? 1 : stage.losses + 1;
  const counted = progressed ? 0 : stage.lossesCounted + (stage.suspect ? 1 : 0);
  const quarantined = counted >= reap.lossesCountedMax;
  const key = stageKeyOf(stage);
  const failure = lossFailure(stage, losses);
  return draft({
    commitId: reap.commitId,
    guards: [
      ...(quarantined ? [{ kind: "live" as const, runId: stage.runId }] : []),
      stageGuard(key, stage.fence, "running"),
      ...(reap.worker ? [unbeaten(reap.worker)] : []),
    ],
    writes: [
      updateStage(key, {
        status: "ready",
        fence: stage.fence + 1,
        session: null,
        sessionEpoch: null,
        availableAt: fromDbNow(),
        losses,
        lossesCounted: counted,
        lossSeq: reap.lastSeq,
        suspect: losses > 1 && !quarantined,
        ...(quarantined ? { held: true, holdReason: "quarantined" as const, failure } : {}),
      }),
      {
        op: "insert",
        table: "attempts",
        row: {
          ...stageAttempt({
            commitId: reap.commitId,
            stage,
            failure,
            outcome: "lost",
            startedAt: stage.startedAt ?? reap.dbNow,
            endedAt: reap.dbNow,
          }),
          counted: !progressed && stage.suspect,
        },
      },
      ...(quarantined
        ? [
            heldLetter({
              namespace: stage.namespace,
              stage: key,
              reason: "quarantined",
              failure,
              deadLetterId: reap.deadLetterId,
            }),
          ]
        : []),
    ],
    events: quarantined ? [heldEvent({ stage: key, reason: "quarantined", failure })] : [],
  });
}

const lossFailure = (stage: StageFacts, losses: number): Failure => ({
  name: "SessionLost",
  code: "E_SESSION_LOST",
  message:
    `The session ${stage.session ?? "?"} that ran stage "${stage.stageId}" was lost` +
    (losses > 1 ? `; the stage was lost ${losses} times without a new record.` : "."),
});

const unbeaten = ({ id, version }: SeenSession): Guard => ({
  kind: "version",
  row: { table: "workers", key: { id } },
  version,
});

/** Declares a session gone after its stages were taken; no heartbeat brings it back. */
export const decideWorkerGone = (worker: SeenSession, commitId: string): CommitPlan =>
  changeWorker(worker, commitId, { status: "gone" });

/** Ends a lease at once, for a session whose process is known to be gone. */
export const decideExpireWorker = (worker: SeenSession, commitId: string): CommitPlan =>
  changeWorker(worker, commitId, { expiresAt: fromDbNow() });

/** Changes nothing but the version of a session: a claim that is under way comes before it. */
export const decideBarClaims = (worker: SeenSession, commitId: string): CommitPlan =>
  changeWorker(worker, commitId, {});

const changeWorker = (
  worker: SeenSession,
  commitId: string,
  change: Partial<Pick<Writable<WorkerRow>, "status" | "expiresAt">>,
): CommitPlan =>
  draft({
    commitId,
    guards: [unbeaten(worker)],
    writes: [
      {
        op: "update",
        table: "workers",
        key: { id: worker.id },
        set: { ...change, version: worker.version + 1 },
      },
    ],
  });
