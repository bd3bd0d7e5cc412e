import type { DispatchRow, IntentRow } from "../state/dispatch.ts";
import type { RunId, SessionRef, StageKey } from "../state/ids.ts";
import type { SeenSession } from "../state/lease.ts";
import type { CommitPlan, CommitResult } from "../state/plan.ts";
import type { ClaimedStage, MemoPage, Snapshot, SnapshotNeed } from "../state/snapshot.ts";
import type { EpochMs } from "../state/time.ts";
import type { Heartbeat, HeartbeatDescriptor, HeartbeatReply } from "./heartbeat.ts";
import type { PersistenceQueries } from "./persistence-queries.ts";
import type { WorkBell } from "./work-bell.ts";

export interface PersistenceCapabilities {
  /** False only for stores that can't commit a plan as a whole: refused unless `unsafe: true`. */
  readonly atomic: boolean;
  readonly interactiveTransactions: boolean;
  /** There is a `workBell`. */
  readonly notify: boolean;
  readonly skipLocked: boolean;
  /** Batches of commits that a process has under way at once, from 1; 1 where one writes alone. */
  readonly commitLanes: number;
  readonly maxRowBytes: number;
  readonly maxParams: number;
}

/** Which stages to take. Never blocks on a lock, never returns one that is held. */
export interface ClaimRequest {
  readonly namespace: string;
  readonly session: SessionRef;
  /** Compatibility keys that this worker has registered. */
  readonly definitions: readonly string[];
  readonly limit: number;
  /** All queues when absent. */
  readonly queues?: readonly string[];
  /** Only these rows: a hint names them. Not due and not claimable ones are left out. */
  readonly stages?: readonly StageKey[];
  /** Takes exactly one suspect; without it suspects are passed over. */
  readonly alone?: boolean;
  /** Runs to pass over: their rows could not be read. */
  readonly exceptRuns?: readonly RunId[];
  /** Bounds of each first memo page. */
  readonly memoRecordsMax: number;
  readonly memoBytesMax: number;
}

export type SweepKind =
  /** Pending runs whose start time has come. */
  | "startDue"
  /** Suspended stages whose `wakeAt` has come. */
  | "wakeDue"
  /** Sessions past their lease in database time, still owning or still listed active. */
  | "sessionExpired"
  /** Live runs past `deadline`. */
  | "runDeadline"
  /** Runs and stages never started by their `startDeadline`. */
  | "startDeadline"
  /** Blocked stages with no dependency left. */
  | "joinReady"
  /** Ready stages not dispatched since `before`. */
  | "undispatched"
  /** Runs whose event sink is behind. */
  | "undelivered"
  /** Live runs that nothing will wake, and running stages whose session is gone or unknown. */
  | "stranded"
  /** Commit rows older than `before`. */
  | "commitsOld"
  /** Tombstones older than `before`. */
  | "tombstones";

export interface SweepRequest {
  readonly namespace: string;
  readonly kinds: readonly SweepKind[];
  /** Rows per kind. */
  readonly limit: number;
  /** Age in milliseconds for the kinds that speak of one. */
  readonly olderThanMs?: number;
  /** `joinReady` and `stranded` find runs of these compatibility keys only; all when absent. */
  readonly definitions?: readonly string[];
}

/** Something that needs attention; the kernel decides and commits with guards of its own. */
export interface SweepItem {
  readonly kind: SweepKind;
  readonly runId: RunId;
  readonly stage?: StageKey;
  /** Session, commit id or hash, by kind. */
  readonly id?: string;
  readonly at: EpochMs;
}

export interface SweepReport {
  readonly items: readonly SweepItem[];
  readonly dbNow: EpochMs;
}

export interface TakeRequest {
  readonly namespace: string;
  readonly limit: number;
  /** A taken row is taken again when not acknowledged after this time. */
  readonly visibleAfterMs: number;
}

/** A persistence whose every statement is part of a transaction of the caller's. */
export type BoundPersistence = Pick<Persistence, "commit" | "load" | "query">;

/**
 * Where truth lives. Every method may throw `PersistenceUnavailableError`, nothing else of a
 * driver crosses it; what the port's types or `checkSetWise` rule out is refused with
 * `E_ARGUMENT_INVALID` before anything is written.
 *
 * - **COMMIT-1** A plan is written whole or not at all.
 * - **COMMIT-2** A false guard writes nothing and is answered, never thrown.
 * - **COMMIT-3** Guards are evaluated under lock: of two plans that exclude each other one wins.
 * - **COMMIT-4** The same `commitId` twice writes once and the second answer says `replayed`.
 * - **COMMIT-5** After a lost acknowledgement the adapter finds out by primary key before it
 *   answers, and throws only if it could not.
 * - **COMMIT-6** Due and expired are compared with database time; `DbInstant` values use it too.
 * - **COMMIT-7** A row locked by a foreign transaction answers `busy` instead of waiting.
 * - **COMMIT-8** Events take gap-free revs of their run in the order given, and `runs.rev` follows.
 * - **COMMIT-9** Every kind of guard and of write on every table does what its type says.
 *   Set-wise writes see every row of their run, also those written while the plan was decided.
 * - **COMMIT-10** A refused plan that guards a run brings that run's fresh snapshot.
 * - **BATCH-1** Outcomes of a batch are independent.
 * - **BATCH-2** A batch with two plans of one run is answered plan by plan, in order.
 * - **BATCH-3** A row locked by a foreign transaction does not delay the others.
 * - **CLAIM-1** No stage is claimed twice.
 * - **CLAIM-2** A claim raises the fence by one and sets the session.
 * - **CLAIM-3** A claim never blocks on a lock.
 * - **CLAIM-4** Order is `claimRank`, then run, stage, map index.
 * - **CLAIM-5** Only the given definitions, queues and namespace.
 * - **CLAIM-6** Due suspended stages too, their due waits resolved with the next seqs in order of
 *   instant, then key; resolved waits without seq get one likewise.
 * - **CLAIM-7** Held stages, stages of runs not `running` or `closing`, never.
 * - **CLAIM-8** A suspect only alone.
 * - **CLAIM-9** A session that is unknown, of another epoch or expired claims nothing.
 * - **CLAIM-10** The claim brings run, input, upstream outputs, memo page, open waits, attempts.
 * - **CLAIM-11** Runs of `exceptRuns` never; a claim that meets a row it can't read claims nothing
 *   and throws `CorruptRowError` with the table and key of that row.
 * - **LOAD-1** A snapshot is one consistent view and holds only what was asked for.
 * - **MEMO-1** Pages follow `seq`, bounded by records and bytes, at least one entry each.
 * - **BEAT-1** A heartbeat sets `expiresAt = dbNow + ttl`, absolute, and answers what is owned.
 * - **BEAT-2** A dead, expired-and-reaped or re-registered session gets `alive: false`.
 * - **BEAT-3** What the descriptor names renews the same sessions over a connection of its own.
 * - **DEAD-1** `deadSessions` answers the sessions, not declared gone, that such a connection
 *   renewed last, and whose connection ended: the database noticed, whatever their expiry says.
 *   Each comes with the version of its row at that instant.
 * - **DEAD-2** It never answers one that was renewed otherwise since, or of another namespace.
 * - **SWEEP-1** A sweep is bounded per kind, changes nothing and compares with database time.
 * - **SWEEP-2** Each kind finds what its type says and nothing else.
 * - **TAKE-1** Taken intents and dispatch rows are invisible until acknowledged or the time is up.
 * - **TAKE-2** Two takers never hold one row at once.
 * - **BIND-1** What is committed by way of a transaction of the caller's is seen by nobody before
 *   that commits, and is gone when it is rolled back; reads by way of it see it.
 * - **BIND-2** A refused plan, or one that meets a row that is there, writes nothing and leaves
 *   the transaction as it was; if it is a start, with all that the caller writes meanwhile.
 * - **BIND-3** What is no open transaction is refused with E_ARGUMENT_INVALID: nothing is written.
 * - **BIND-4** A key that it inserted, and that a plan of somebody else's guards as `absent`, is
 *   `busy` until it ends, and delays no other plan of that batch.
 * - **QUERY-1** `find` filters, orders by key or column, pages by keyset, and is bounded.
 * - **QUERY-2** Payload columns are read only when asked for.
 */
export interface Persistence {
  readonly capabilities: PersistenceCapabilities;
  readonly query: PersistenceQueries;
  readonly workBell?: WorkBell;
  load(runId: RunId, need: SnapshotNeed): Promise<Snapshot | undefined>;
  commit(plan: CommitPlan): Promise<CommitResult>;
  commitMany(plans: readonly CommitPlan[]): Promise<readonly CommitResult[]>;
  claim(request: ClaimRequest): Promise<readonly ClaimedStage[]>;
  memoPage(stage: StageKey, afterSeq: number, bounds: MemoBounds): Promise<MemoPage>;
  heartbeat(session: SessionRef, beat: Heartbeat): Promise<HeartbeatReply>;
  /** Undefined, or absent, where no second connection can be had: of a pool that was given. */
  heartbeatDescriptor?(): HeartbeatDescriptor | undefined;
  /** Absent where the database can't tell that a process died. */
  deadSessions?(namespace: string): Promise<readonly SeenSession[]>;
  sweep(request: SweepRequest): Promise<SweepReport>;
  takeIntents(request: TakeRequest): Promise<readonly IntentRow[]>;
  ackIntents(ids: readonly string[]): Promise<void>;
  takeDispatch(request: TakeRequest): Promise<readonly DispatchRow[]>;
  ackDispatch(keys: readonly DispatchAck[]): Promise<void>;
  bind?(userTransaction: unknown): BoundPersistence;
  close(): Promise<void>;
}

export interface MemoBounds {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/** Goes only while the row is of this dispatch: another one of its stage may have come since. */
export interface DispatchAck {
  readonly stage: StageKey;
  readonly createdAt: EpochMs;
}
