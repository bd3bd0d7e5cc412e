import type { RunId } from "./ids.ts";
import type { PackedPayload } from "./payload.ts";
import type { EpochMs } from "./time.ts";

export type OverlapPolicy = "skip" | "bufferOne" | "bufferAll" | "cancelOther" | "allow";

/** Rule that starts runs. `slot = next(after lastSlot)`, never `next(now)`. */
export interface ScheduleRow {
  readonly namespace: string;
  readonly id: string;
  readonly version: number;
  readonly status: "active" | "paused";
  readonly workflowId: string;
  readonly workflowVersion: string | null;
  readonly kind: "cron" | "interval" | "once";
  readonly expression: string;
  readonly timeZone: string;
  readonly overlap: OverlapPolicy;
  /** `none`, `last` or `all:<max>`. */
  readonly catchUp: string;
  readonly input: PackedPayload;
  readonly options: Readonly<Record<string, unknown>>;
  readonly lastSlot: EpochMs | null;
  readonly nextFireAt: EpochMs | null;
  readonly actor: string | null;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/** One fired slot; its key makes a second firing impossible. */
export interface ScheduleFireRow {
  readonly namespace: string;
  readonly scheduleId: string;
  readonly slot: EpochMs;
  readonly runId: RunId | null;
  readonly outcome: "started" | "skipped" | "buffered";
  readonly firedAt: EpochMs;
}
