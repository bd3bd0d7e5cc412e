import type { NewEvent } from "../state/event.ts";
import type { Failure } from "../state/failure.ts";
import type { StageKey } from "../state/ids.ts";
import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import type { HoldReason } from "../state/stage.ts";
import { fromDbNow } from "../state/time.ts";
import { draft, liveGuard, newEvent, stageGuard, updateStage } from "./draft.ts";

export interface HoldStage {
  readonly commitId: string;
  readonly namespace: string;
  readonly stage: StageKey;
  readonly fence: number;
  readonly reason: Exclude<HoldReason, "paused">;
  readonly failure: Failure;
  readonly deadLetterId: string;
  /** Rev of the run as this execution knows it. */
  readonly since?: number;
  readonly riders: readonly Write[];
  readonly riderGuards: readonly Guard[];
}

/** Parks a stage for an operator: it keeps its records, loses its worker, and is not failed. */
export const decideHoldStage = (hold: HoldStage): CommitPlan =>
  draft({
    commitId: hold.commitId,
    guards: [
      liveGuard(hold.stage.runId, hold),
      stageGuard(hold.stage, hold.fence, "running"),
      ...hold.riderGuards,
    ],
    writes: [
      updateStage(hold.stage, {
        status: "ready",
        held: true,
        holdReason: hold.reason,
        failure: hold.failure,
        session: null,
        sessionEpoch: null,
      }),
      heldLetter(hold),
      ...hold.riders,
    ],
    events: [heldEvent(hold)],
  });

export const heldEvent = (hold: Pick<HoldStage, "stage" | "reason" | "failure">): NewEvent =>
  newEvent({
    runId: hold.stage.runId,
    type: "stage.held",
    stage: hold.stage,
    data: { reason: hold.reason, failure: hold.failure },
  });

export const heldLetter = (
  hold: Pick<HoldStage, "namespace" | "stage" | "reason" | "failure" | "deadLetterId">,
): Write => ({
  op: "insert",
  table: "deadLetters",
  row: {
    id: hold.deadLetterId,
    namespace: hold.namespace,
    kind: "stage",
    version: 1,
    ...hold.stage,
    rev: null,
    reason: hold.reason,
    failure: hold.failure,
    body: null,
    createdAt: fromDbNow(),
    resolvedAt: null,
    resolution: null,
    actor: null,
  },
});
