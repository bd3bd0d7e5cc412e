import type { DispatchRow, IntentRow } from "./dispatch.ts";
import type { NewEvent } from "./event.ts";
import type { RunId, StageKey } from "./ids.ts";
import type { RunStatus } from "./run.ts";
import type { Snapshot } from "./snapshot.ts";
import type { HoldReason, StageStatus } from "./stage.ts";
import type { Key, Row, TableName, Writable } from "./tables.ts";
import type { EpochMs } from "./time.ts";

/** A row by its primary key. */
export type RowRef = { [T in TableName]: { readonly table: T; readonly key: Key<T> } }[TableName];

/** Tables whose rows carry `version`. */
export type VersionedTable =
  | "blobTombstones"
  | "schedules"
  | "idempotency"
  | "slots"
  | "workers"
  | "deadLetters";

export type VersionedRef = Extract<RowRef, { table: VersionedTable }>;

/** What must hold for a plan to be written, evaluated under lock in the commit itself. */
export type Guard =
  /** Strict: the run stands at exactly this rev. */
  | { readonly kind: "rev"; readonly runId: RunId; readonly rev: number }
  /**
   * Commuting: the run is not terminal and, when given, its status is one of these and its inbox
   * has not moved. `since` is no condition: the rev that the plan was decided on, or an earlier
   * one, after which its own events are looked for when an acknowledgement was lost.
   */
  | {
      readonly kind: "live";
      readonly runId: RunId;
      readonly inbox?: number;
      readonly status?: readonly RunStatus[];
      readonly since?: number;
    }
  /** Ownership or phase of one stage. */
  | {
      readonly kind: "stage";
      readonly key: StageKey;
      readonly fence: number;
      readonly status: StageStatus;
    }
  | { readonly kind: "absent"; readonly row: RowRef }
  | { readonly kind: "version"; readonly row: VersionedRef; readonly version: number }
  /**
   * The session takes new stages: it is active, of this epoch, and has not expired in database
   * time.
   */
  | { readonly kind: "session"; readonly id: string; readonly epoch: number }
  | { readonly kind: "notCondemned"; readonly hash: string };

type WriteOf<T extends TableName> =
  | { readonly op: "insert"; readonly table: T; readonly row: Writable<Row<T>> }
  | {
      readonly op: "update";
      readonly table: T;
      readonly key: Key<T>;
      readonly set: Partial<Writable<Row<T>>>;
    }
  /** A leading part of the key deletes every row that shares it. */
  | { readonly op: "delete"; readonly table: T; readonly key: Partial<Key<T>> };

/** Adds `by` to an integer column; its value afterwards is answered in `counters`. */
export interface CounterWrite {
  readonly op: "add";
  readonly table: "stages" | "runs";
  readonly key: Key<"stages"> | Key<"runs">;
  readonly column: "joinPending" | "sinksPending" | "inbox";
  readonly by: number;
}

/**
 * Changes every stage row of a run that is not superseded, that matches all that `where` gives,
 * and that `except` does not name. See `checkSetWise` for the plans that may carry one.
 */
export interface StagesWrite {
  readonly op: "updateStages";
  readonly runId: RunId;
  readonly where: {
    readonly status?: readonly StageStatus[];
    readonly held?: boolean;
    readonly holdReason?: HoldReason;
  };
  /** Rows that the same plan writes by key. */
  readonly except?: readonly StageKey[];
  readonly set: Partial<Writable<Omit<Row<"stages">, keyof StageKey | "fence">>>;
  /** Adds one to the fence of each row. */
  readonly raiseFence?: true;
}

/**
 * Gives every wait of a run that has no outcome the outcome `closed`, resolved at database time,
 * but for waits of the stages that `except` names.
 */
export interface WaitsClosing {
  readonly op: "closeWaits";
  readonly runId: RunId;
  /** Stages whose waits the same plan writes by key. */
  readonly except?: readonly StageKey[];
}

/** One change of many rows, however many there are. */
export type SetWrite = StagesWrite | WaitsClosing;

/** One change of one row. */
export type RowWrite = { [T in TableName]: WriteOf<T> }[TableName] | CounterWrite;

/** A plan writes each row at most once, so that order does not matter. */
export type Write = RowWrite | SetWrite;

/**
 * One atomic change. It guards at most one existing run and may create others. Events take the
 * next revs of their run under its lock; the adapter raises `runs.rev` by their number, so a
 * write never sets `rev` but in the insert of a new run, which carries the number of its events.
 */
export interface CommitPlan {
  readonly commitId: string;
  readonly guards: readonly Guard[];
  readonly writes: readonly Write[];
  readonly events: readonly NewEvent[];
  readonly intents: readonly Writable<IntentRow>[];
  readonly dispatch: readonly Writable<DispatchRow>[];
}

/**
 * Why nothing was written. `rev`: the run moved on, its inbox or status did, or a row's version;
 * `fence`: the stage is owned by another or in another phase, or the session ended; `exists`: a
 * row to be inserted is there; `terminal`: the run has ended; `missing`: what was guarded is
 * absent; `busy`: a foreign transaction holds a row; `condemned`: a blob is being collected.
 */
export type Refusal = "rev" | "fence" | "exists" | "terminal" | "missing" | "busy" | "condemned";

/** Refusals of an execution's plan that say: the stage is another's, or its run is over. */
export const OWNERSHIP_LOST: readonly Refusal[] = ["fence", "terminal", "missing"];

export interface Committed {
  readonly ok: true;
  /** Rev of each run that got events, after the commit. */
  readonly revs: Readonly<Record<RunId, number>>;
  readonly dbNow: EpochMs;
  /** The guarded stage is held: start nothing further. */
  readonly held?: true;
  /** Inbox counter of the guarded stage's run. */
  readonly inbox?: number;
  /** Values after each `add` write, in order. */
  readonly counters: readonly number[];
  /** This very plan had been written before. */
  readonly replayed?: true;
}

export interface Refused {
  readonly ok: false;
  readonly why: Refusal;
  readonly dbNow: EpochMs;
  /** Of the guarded run, as `load` would answer it; read by a second statement. */
  readonly snapshot?: Snapshot;
}

export type CommitResult = Committed | Refused;
