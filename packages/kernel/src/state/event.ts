import type { RunId } from "./ids.ts";
import type { EpochMs } from "./time.ts";

export type EventType =
  | "run.created"
  | "run.started"
  | "run.paused"
  | "run.resumed"
  | "run.closing"
  | "run.completed"
  | "run.failed"
  | "run.cancelled"
  | "run.reopened"
  | "stage.attemptFailed"
  | "stage.waitsOpened"
  | "stage.suspended"
  | "stage.completed"
  | "stage.failed"
  | "stage.skipped"
  | "stage.cancelled"
  | "stage.held"
  | "stage.released"
  | "stage.retried"
  | "signal.accepted"
  | "child.ended"
  | "state.set";

/** Facts of an event: small, JSON only; outputs are referred to, never repeated. */
export type EventData = Readonly<Record<string, unknown>>;

/** One row of a run's ledger, key (runId, rev). */
export interface EventRow {
  readonly runId: RunId;
  readonly rev: number;
  readonly type: EventType;
  readonly at: EpochMs;
  readonly stageId: string | null;
  readonly mapIndex: number | null;
  readonly generation: number | null;
  readonly data: EventData;
  readonly actor: string | null;
  readonly commitId: string;
}

/** An event as a plan carries it: the commit gives it `rev`, `at` and `commitId`. */
export type NewEvent = Omit<EventRow, "rev" | "at" | "commitId">;
