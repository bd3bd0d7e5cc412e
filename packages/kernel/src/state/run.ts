import type { Failure } from "./failure.ts";
import type { RunId } from "./ids.ts";
import type { PackedPayload } from "./payload.ts";
import type { EpochMs } from "./time.ts";

export type RunStatus =
  | "pending"
  | "running"
  | "paused"
  | "closing"
  | "completed"
  | "failed"
  | "cancelled";

export type RunOutcome = "completed" | "failed" | "cancelled";

/** What happens to a child when its parent is cancelled or fails. */
export type ClosePolicy = "cancel" | "abandon" | "wait";

/** One execution of a workflow. Ledger plane: every change but the counters rises `rev`. */
export interface RunRow {
  readonly id: RunId;
  readonly namespace: string;
  readonly workflowId: string;
  readonly workflowVersion: string;
  /** Compatibility key `id@version#hash`: only workers that registered it execute the run. */
  readonly definition: string;
  /** Hash of options that do not bind a live run (retries, timeouts); shown, never compared. */
  readonly optionsHash: string;
  readonly status: RunStatus;
  /** Number of this run's events. */
  readonly rev: number;
  /** Rises with every signal accepted and every child's end. */
  readonly inbox: number;
  /** Sinks of the graph that are still unresolved; the run ends at 0. */
  readonly sinksPending: number;
  readonly reopenCount: number;
  /** Set while `closing`: what the run becomes when cleanup is done. */
  readonly outcome: RunOutcome | null;
  /** Seed of `ctx.random` and `ctx.uuid`. */
  readonly seed: string;
  readonly priority: number;
  readonly queue: string;
  readonly input: PackedPayload;
  readonly config: PackedPayload | null;
  readonly output: PackedPayload | null;
  readonly failure: Failure | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Who asked for the last verb that ended or cancelled the run, and why. */
  readonly actor: string | null;
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
  readonly parentRunId: RunId | null;
  readonly parentStageId: string | null;
  readonly parentMapIndex: number | null;
  readonly parentGeneration: number | null;
  readonly parentWait: string | null;
  readonly closePolicy: ClosePolicy | null;
  readonly depth: number;
  readonly scheduleId: string | null;
  readonly scheduleSlot: EpochMs | null;
  readonly forkedFromRunId: RunId | null;
  readonly forkedFromRev: number | null;
  /** A pending run starts at this instant. */
  readonly startAt: EpochMs | null;
  /** Cancelled with reason when nothing of it has started by then. */
  readonly startDeadline: EpochMs | null;
  /** Failed with E_RUN_TIMEOUT when not ended by then, suspended or not. */
  readonly deadline: EpochMs | null;
  readonly createdAt: EpochMs;
  readonly startedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
  /** Rev up to which the event sink has accepted this run's events; null without a sink. */
  readonly sinkRev: number | null;
}

/** A run as lists and decisions see it: without payload columns. */
export type RunFacts = Omit<RunRow, "input" | "config" | "output">;

export const TERMINAL_RUN_STATUSES: readonly RunStatus[] = ["completed", "failed", "cancelled"];

/** True while the event sink has not accepted all events of a run. */
export const isUndelivered = ({ sinkRev, rev }: Pick<RunRow, "sinkRev" | "rev">): boolean =>
  sinkRev !== null && sinkRev < rev;

export const isTerminalRun = (status: RunStatus): boolean => TERMINAL_RUN_STATUSES.includes(status);

/** Edges of chapter 2.2, plus the explicit reopening by a rerun. */
export const RUN_EDGES: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  pending: ["running", "closing", "completed", "failed", "cancelled"],
  running: ["paused", "closing", "completed", "failed", "cancelled"],
  paused: ["running", "closing", "completed", "failed", "cancelled"],
  closing: ["completed", "failed", "cancelled"],
  completed: ["running"],
  failed: ["running"],
  cancelled: ["running"],
};
