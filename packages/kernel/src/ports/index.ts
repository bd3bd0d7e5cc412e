export type { HostAbortSignal, MinimalAbortSignal } from "../state/abort-signal.ts";
export type { DispatchRow, IntentRow, Job } from "../state/dispatch.ts";
export type { EventRow, EventType, NewEvent } from "../state/event.ts";
export {
  type OperationKey,
  type RunId,
  type SessionId,
  type SessionRef,
  type StageKey,
  stageKeyOf,
  stageKeyText,
} from "../state/ids.ts";
export type { SeenSession, WorkerRow } from "../state/lease.ts";
export type {
  CommitPlan,
  CommitResult,
  Committed,
  CounterWrite,
  Guard,
  Refusal,
  Refused,
  RowRef,
  RowWrite,
  SetWrite,
  StagesWrite,
  VersionedRef,
  VersionedTable,
  WaitsClosing,
  Write,
} from "../state/plan.ts";
export { stageOfJob } from "../state/read-job.ts";
export { isTerminalRun, type RunFacts, type RunRow } from "../state/run.ts";
export { checkSetWise, isSetWrite } from "../state/set-wise.ts";
export type {
  ClaimedStage,
  MemoEntry,
  MemoPage,
  Snapshot,
  SnapshotNeed,
  UpstreamOutput,
} from "../state/snapshot.ts";
export { isOpenStage, type StageFacts, type StageRow } from "../state/stage.ts";
export type { AttemptRow, StepRow } from "../state/step.ts";
export { TABLE_NAMES, TABLES, TABLES_OF_RUN } from "../state/table-specs.ts";
export {
  type ColumnKind,
  type ColumnSpec,
  columnKind,
  isNullable,
  type Key,
  type Row,
  type Rows,
  type TableName,
  type TableSpec,
  type Writable,
} from "../state/tables.ts";
export { type DbInstant, type EpochMs, fromDbNow, isDbInstant } from "../state/time.ts";
export type { SignalRow, WaitOutcome, WaitRow } from "../state/wait.ts";
export { assertBlobKey } from "./blob-key.ts";
export type { BlobEntry, BlobStore } from "./blob-store.ts";
export type { Clock } from "./clock.ts";
export type { CodedBytes, PayloadCodec, PayloadPlace } from "./codec.ts";
export type { EventDelivery, EventSink } from "./event-sink.ts";
export type {
  Heartbeat,
  HeartbeatDescriptor,
  HeartbeatReply,
  OpenHeartbeat,
  OwnedStage,
  SeparateHeartbeat,
} from "./heartbeat.ts";
export type { IdSource } from "./id-source.ts";
export type {
  Delivery,
  DequeueRequest,
  JobTransport,
  OutgoingJob,
  TransportCapabilities,
} from "./job-transport.ts";
export type { Logger } from "./logger.ts";
export type {
  BoundPersistence,
  ClaimRequest,
  DispatchAck,
  MemoBounds,
  Persistence,
  PersistenceCapabilities,
  SweepItem,
  SweepKind,
  SweepReport,
  SweepRequest,
  TakeRequest,
} from "./persistence.ts";
export type { Condition, Find, PersistenceQueries, Where } from "./persistence-queries.ts";
export type { AbortHandle, AsyncScope, Cancellation, Runtime } from "./runtime.ts";
export type { Scheduler } from "./scheduler.ts";
export { within } from "./within.ts";
export type { WorkBell, WorkHeard, WorkPlace } from "./work-bell.ts";
