import type { DispatchRow, IntentRow } from "./dispatch.ts";
import type { EventRow } from "./event.ts";
import type { WorkerRow } from "./lease.ts";
import type {
  AnnotationRow,
  AuditRow,
  BlobRefRow,
  BlobTombstoneRow,
  CommitRow,
  DeadLetterRow,
  DefinitionRow,
  IdempotencyRow,
  LogRow,
  SlotRow,
} from "./records.ts";
import type { RunRow } from "./run.ts";
import type { ScheduleFireRow, ScheduleRow } from "./schedule.ts";
import type { StageRow } from "./stage.ts";
import type { AttemptRow, StepRow } from "./step.ts";
import type { TimeValue } from "./time.ts";
import type { SignalRow, WaitRow } from "./wait.ts";

/** Every table that a plan may write. `meta` and `migrations` belong to the adapter's runner. */
export interface Rows {
  runs: RunRow;
  stages: StageRow;
  steps: StepRow;
  attempts: AttemptRow;
  waits: WaitRow;
  signals: SignalRow;
  events: EventRow;
  commits: CommitRow;
  intents: IntentRow;
  dispatch: DispatchRow;
  blobRefs: BlobRefRow;
  blobTombstones: BlobTombstoneRow;
  schedules: ScheduleRow;
  scheduleFires: ScheduleFireRow;
  idempotency: IdempotencyRow;
  slots: SlotRow;
  workers: WorkerRow;
  deadLetters: DeadLetterRow;
  audit: AuditRow;
  logs: LogRow;
  annotations: AnnotationRow;
  definitions: DefinitionRow;
}

export type TableName = keyof Rows;

/** Primary keys. In tables of a run the run comes first, so a prefix names all of its rows. */
export interface Keys {
  runs: "id";
  stages: "runId" | "stageId" | "mapIndex" | "generation";
  steps: "runId" | "stageId" | "mapIndex" | "generation" | "key" | "occurrence";
  attempts:
    | "runId"
    | "stageId"
    | "mapIndex"
    | "generation"
    | "step"
    | "occurrence"
    | "stageAttempt"
    | "attempt"
    | "fence";
  waits: "runId" | "stageId" | "mapIndex" | "generation" | "key" | "occurrence";
  signals: "runId" | "signalId";
  events: "runId" | "rev";
  commits: "commitId";
  intents: "id";
  dispatch: "runId" | "stageId" | "mapIndex" | "generation";
  blobRefs: "runId" | "hash" | "owner";
  blobTombstones: "hash";
  schedules: "namespace" | "id";
  scheduleFires: "namespace" | "scheduleId" | "slot";
  idempotency: "namespace" | "scope" | "key";
  slots: "namespace" | "slotKey" | "holder";
  workers: "id";
  deadLetters: "id";
  audit: "id";
  logs: "runId" | "id";
  annotations: "runId" | "kind" | "stageId" | "name";
  definitions: "namespace" | "key";
}

export type Row<T extends TableName> = Rows[T];
export type Key<T extends TableName> = Pick<Rows[T], Keys[T] & keyof Rows[T]>;

/** A row as a write carries it: time columns may be relative to database time. */
export type Writable<R> = { readonly [C in keyof R]: R[C] | TimeInPlaceOf<R[C]> };
type TimeInPlaceOf<V> = number extends V ? TimeValue : never;

/**
 * How a column is stored. `json` is a JSON value kept as text; `payload` is packed text that
 * lists never read; `time` may be given relative to database time.
 */
export type ColumnKind = "text" | "int" | "time" | "bool" | "json" | "payload";

export interface TableSpec<T extends TableName> {
  /** Primary key, most significant first. */
  readonly key: readonly Keys[T][];
  readonly columns: Readonly<Record<keyof Rows[T], ColumnSpec>>;
}

/** A trailing `?` marks a column that may be null. */
export type ColumnSpec = ColumnKind | `${ColumnKind}?`;

export const columnKind = (spec: ColumnSpec): ColumnKind => spec.replace("?", "") as ColumnKind;
export const isNullable = (spec: ColumnSpec): boolean => spec.endsWith("?");
