import type { SessionRef, StageKey } from "./ids.ts";
import type { PackedPayload } from "./payload.ts";
import type { RunFacts, RunRow } from "./run.ts";
import type { StageFacts, StageRow, StageStatus } from "./stage.ts";
import type { AttemptRow, StepRow } from "./step.ts";
import type { EpochMs } from "./time.ts";
import type { SignalRow, WaitRow } from "./wait.ts";

/** What a decision needs of one run; everything left out is not read. */
export interface SnapshotNeed {
  /** `current`: all rows that are not superseded; `open`: those not ended; or rows by key. */
  readonly stages?: "current" | "open" | readonly StageKey[];
  /** Open waits of the run. */
  readonly waits?: boolean;
  /** Signals not yet consumed, in order of arrival. */
  readonly signals?: boolean;
}

/** One consistent view of a run, read from the primary. */
export interface Snapshot {
  readonly run: RunFacts;
  readonly stages: readonly StageFacts[];
  readonly waits: readonly WaitRow[];
  readonly signals: readonly SignalRow[];
  readonly dbNow: EpochMs;
}

export type MemoEntry =
  | { readonly type: "step"; readonly seq: number; readonly step: StepRow }
  | { readonly type: "wait"; readonly seq: number; readonly wait: WaitRow };

/** Settled operations of one stage generation in `seq` order. */
export interface MemoPage {
  readonly entries: readonly MemoEntry[];
  /** Pass as `afterSeq` for the next page; absent on the last. */
  readonly next?: number;
}

/** Output of a stage that the claimed one reads. */
export interface UpstreamOutput {
  readonly stageId: string;
  readonly mapIndex: number;
  readonly status: StageStatus;
  readonly output: PackedPayload | null;
}

/** Everything that executing a stage needs, brought along by its claim. */
export interface ClaimedStage {
  /** The row after the claim: `running`, fence raised, session set. */
  readonly stage: StageRow;
  readonly run: RunRow;
  readonly upstream: readonly UpstreamOutput[];
  readonly memo: MemoPage;
  /** Waits without an outcome. Those that were due have been resolved by the claim. */
  readonly openWaits: readonly WaitRow[];
  /** Failed attempts in this stage attempt of steps that have no record yet. */
  readonly stepAttempts: readonly AttemptRow[];
  /** Highest seq given so far in this generation; 0 when none. */
  readonly lastSeq: number;
  readonly session: SessionRef;
  readonly dbNow: EpochMs;
  /** Monotonic instant of this process at which `dbNow` was read; given by the kernel. */
  readonly readAt?: number;
}
