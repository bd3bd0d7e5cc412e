import type { Failure } from "./failure.ts";
import type { SessionId, StageKey } from "./ids.ts";
import type { PackedPayload } from "./payload.ts";
import type { EpochMs } from "./time.ts";

export type StageStatus =
  | "blocked"
  | "ready"
  | "running"
  | "suspended"
  | "completed"
  | "failed"
  | "skipped"
  | "cancelled";

export type StageKind =
  | "normal"
  | "map"
  | "item"
  | "unwind"
  | "finalizer"
  | "before"
  | "after"
  | "onFailure";

export type HoldReason = "paused" | "nondeterminism" | "quarantined" | "inDoubt";

/** Node of a workflow as a row of its run. Work plane: `status`, `fence` and lease columns. */
export interface StageRow extends StageKey {
  readonly namespace: string;
  readonly definition: string;
  readonly kind: StageKind;
  readonly status: StageStatus;
  readonly held: boolean;
  readonly holdReason: HoldReason | null;
  /** Lost more than once without a new record: claimed alone next. */
  readonly suspect: boolean;
  /** True once a later generation of this stage exists. */
  readonly superseded: boolean;
  /** Ownership epoch: +1 at every claim, takeover, cancel and rerun; never reset. */
  readonly fence: number;
  /** Numbered try, from 1; counts failures of user code only. */
  readonly attempt: number;
  /** Attempts that an operator's replay has forgiven: the budget counts those after them. */
  readonly attemptsForgiven: number;
  /** Losses since the last new record, and those that were counted against it. */
  readonly losses: number;
  readonly lossesCounted: number;
  /** Highest `seq` at the last loss: a greater one now means progress. */
  readonly lossSeq: number;
  readonly parentStageId: string | null;
  readonly queue: string;
  readonly priority: number;
  /** `availableAt − priority × ageingMs`: claims go by it, then by key. */
  readonly claimRank: number;
  readonly availableAt: EpochMs;
  /** Least `dueAt` of the open waits while suspended. */
  readonly wakeAt: EpochMs | null;
  readonly startDeadline: EpochMs | null;
  /** Unresolved dependencies of a join; 0 when it may become ready. */
  readonly joinPending: number;
  /** Stages whose outputs a claim must bring along: direct dependencies and declared uses. */
  readonly reads: readonly string[];
  readonly slotKey: string | null;
  readonly session: SessionId | null;
  readonly sessionEpoch: number | null;
  /** Input of its own (map item, edited rerun, continueAs state); else that of the graph. */
  readonly input: PackedPayload | null;
  readonly output: PackedPayload | null;
  readonly failure: Failure | null;
  readonly progress: PackedPayload | null;
  readonly skipReason: string | null;
  /** The last execution awaited something not durable beside a wait; the next stays resident. */
  readonly nondurable: boolean;
  /**
   * Instant that the wait for the next dispatch counts from: when it was dispatched last, or may
   * first be claimed if that is later. Each dispatch in vain moves it further ahead of its time.
   */
  readonly dispatchedAt: EpochMs | null;
  readonly createdAt: EpochMs;
  /** First claim of this generation. */
  readonly startedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
}

/** A stage as lists and decisions see it: without payload columns. */
export type StageFacts = Omit<StageRow, "input" | "output" | "progress">;

export const OPEN_STAGE_STATUSES: readonly StageStatus[] = [
  "blocked",
  "ready",
  "running",
  "suspended",
];

export const isOpenStage = (status: StageStatus): boolean => OPEN_STAGE_STATUSES.includes(status);

/** Edges of chapter 2.2. */
export const STAGE_EDGES: Readonly<Record<StageStatus, readonly StageStatus[]>> = {
  blocked: ["ready", "running", "skipped", "cancelled"],
  ready: ["running", "skipped", "cancelled"],
  running: ["ready", "suspended", "completed", "failed", "cancelled"],
  suspended: ["ready", "running", "skipped", "cancelled"],
  completed: [],
  failed: ["ready"],
  skipped: ["blocked", "ready"],
  cancelled: ["blocked", "ready"],
};
