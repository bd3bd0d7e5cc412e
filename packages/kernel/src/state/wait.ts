import type { Failure } from "./failure.ts";
import type { OperationKey, RunId, StageKey } from "./ids.ts";
import type { PackedPayload } from "./payload.ts";
import type { EpochMs } from "./time.ts";

/** `retry` is the engine's own: the long delay before a step's next attempt. */
export type WaitKind = "timer" | "signal" | "child" | "poll" | "approval" | "hold" | "retry";

/** `fired`: due; `received`: a value came; `timedOut`, `failed`: rejects; `closed`: moot. */
export type WaitOutcome = "fired" | "received" | "timedOut" | "failed" | "closed";

/** A durable reason to be suspended. Resolved once, under its stage row's lock. */
export interface WaitRow extends StageKey, OperationKey {
  readonly kind: WaitKind;
  /** Signal name, child run id or poll id; empty for timers. */
  readonly name: string;
  readonly dueAt: EpochMs | null;
  readonly openedAt: EpochMs;
  readonly outcome: WaitOutcome | null;
  readonly value: PackedPayload | null;
  readonly failure: Failure | null;
  readonly resolvedAt: EpochMs | null;
  /** Given by the claim or by the running execution's next fenced commit. */
  readonly seq: number | null;
}

/** A named, buffered message to a run, unique by (run, signalId). */
export interface SignalRow {
  readonly runId: RunId;
  readonly signalId: string;
  readonly name: string;
  readonly payload: PackedPayload;
  /** The run's inbox counter when it was accepted: the order of arrival. */
  readonly arrival: number;
  readonly sentAt: EpochMs;
  readonly actor: string | null;
  /** Wait that took it: `stage/map/generation/key#occurrence`; null while buffered. */
  readonly consumedBy: string | null;
}
