import type { Failure } from "./failure.ts";
import type { OperationKey, StageKey } from "./ids.ts";
import type { PackedPayload } from "./payload.ts";
import type { EpochMs } from "./time.ts";

/** `marker`: the body of an `atMostOnce` or compensated step was entered, its result is unknown. */
export type StepStatus = "marker" | "completed" | "failed";

/** What kind of operation a record answers; replay compares it. */
export type StepKind = "step" | "atMostOnce" | "transaction" | "slot" | "patch";

/** Immutable result of a step, unique by (stage, generation, key, occurrence). */
export interface StepRow extends StageKey, OperationKey {
  readonly kind: StepKind;
  readonly status: StepStatus;
  /** Settlement number, strictly rising within (stage, generation). */
  readonly seq: number;
  readonly output: PackedPayload | null;
  readonly failure: Failure | null;
  /** Attempts that the step took, at least 1. */
  readonly attempts: number;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  readonly fence: number;
  readonly commitId: string;
}

/** `lost`: the session died; `failed`: user code threw; `timedOut`: a hard limit ended it. */
export type AttemptOutcome = "failed" | "timedOut" | "lost";

/** One failed or lost try. `step` is empty for an attempt of the stage itself. */
export interface AttemptRow extends StageKey {
  readonly step: string;
  readonly occurrence: number;
  readonly stageAttempt: number;
  readonly attempt: number;
  /** Fence under which it ran: part of the key, so that losses never collide. */
  readonly fence: number;
  readonly outcome: AttemptOutcome;
  readonly failure: Failure | null;
  /** Left by the body for its next attempt. */
  readonly progress: PackedPayload | null;
  readonly session: string | null;
  readonly counted: boolean;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  readonly commitId: string;
}
