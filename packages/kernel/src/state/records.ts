import type { Failure } from "./failure.ts";
import type { RunId } from "./ids.ts";
import type { PackedPayload } from "./payload.ts";
import type { EpochMs } from "./time.ts";

/** Rows without a home of their own: bookkeeping beside runs and stages. */

/** Structure of a workflow as last registered, for readers that have no code. */
export interface DefinitionRow {
  readonly namespace: string;
  readonly key: string;
  readonly workflowId: string;
  readonly workflowVersion: string;
  readonly graph: Readonly<Record<string, unknown>>;
  readonly registeredAt: EpochMs;
}

/** Evidence of a plan that has neither event nor step, for ambiguous acknowledgements. */
export interface CommitRow {
  readonly commitId: string;
  readonly at: EpochMs;
}

/** A start or an execution that must happen once per key. */
export interface IdempotencyRow {
  readonly namespace: string;
  /** Workflow id for starts, `host` for `host.idempotent`. */
  readonly scope: string;
  readonly key: string;
  readonly version: number;
  readonly runId: RunId | null;
  /** Hash of the raw canonical input. */
  readonly inputHash: string;
  readonly status: "claimed" | "stored";
  readonly result: PackedPayload | null;
  readonly owner: string | null;
  readonly expiresAt: EpochMs | null;
  readonly createdAt: EpochMs;
}

/** One held slot of a limit. */
export interface SlotRow {
  readonly namespace: string;
  readonly slotKey: string;
  readonly holder: string;
  readonly runId: RunId;
  readonly version: number;
  readonly grantedAt: EpochMs;
}

/** A blob that a row of `runId` refers to. Artifacts carry the name their author gave. */
export interface BlobRefRow {
  readonly runId: RunId;
  readonly hash: string;
  /** What refers to it, unique within the run: `output/<stage>…`, `artifact/<stage>/<name>`. */
  readonly owner: string;
  readonly size: number;
  readonly createdAt: EpochMs;
}

export interface BlobTombstoneRow {
  readonly hash: string;
  readonly version: number;
  readonly state: "condemned" | "deleting";
  readonly at: EpochMs;
}

export type DeadLetterKind = "stage" | "event" | "message" | "intent";

export interface DeadLetterRow {
  readonly id: string;
  readonly namespace: string;
  readonly kind: DeadLetterKind;
  readonly version: number;
  readonly runId: RunId | null;
  readonly stageId: string | null;
  readonly mapIndex: number | null;
  readonly generation: number | null;
  /** Rev of an undeliverable event. */
  readonly rev: number | null;
  readonly reason: string;
  readonly failure: Failure | null;
  /** Bounded copy of what could not be handled. */
  readonly body: string | null;
  readonly createdAt: EpochMs;
  readonly resolvedAt: EpochMs | null;
  readonly resolution: "replayed" | "discarded" | null;
  readonly actor: string | null;
}

export interface AuditRow {
  readonly id: string;
  readonly namespace: string;
  readonly runId: RunId | null;
  readonly verb: string;
  readonly actor: string;
  readonly reason: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: EpochMs;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogRow {
  readonly runId: RunId;
  readonly id: string;
  readonly stageId: string;
  readonly mapIndex: number;
  readonly generation: number;
  readonly attempt: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly at: EpochMs;
}

/** A note on a run that survives reruns; `state` rows are `ctx.setState`. */
export interface AnnotationRow {
  readonly runId: RunId;
  readonly kind: "annotation" | "state" | "artifact";
  readonly stageId: string;
  readonly name: string;
  readonly value: PackedPayload;
  readonly actor: string;
  readonly attempt: number;
  readonly at: EpochMs;
}
