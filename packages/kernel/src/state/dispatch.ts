import { type RunId, type StageKey, stageKeyText } from "./ids.ts";
import type { EpochMs } from "./time.ts";

/** Says that a job must be handed to an external transport; refreshed, never doubled. */
export interface DispatchRow extends StageKey {
  readonly namespace: string;
  readonly workflowId: string;
  readonly attempt: number;
  readonly queue: string;
  readonly priority: number;
  readonly notBefore: EpochMs;
  readonly tries: number;
  /** Not taken again before this instant. */
  readonly visibleAt: EpochMs;
  readonly createdAt: EpochMs;
}

/** Asks for an idempotent command on another run or row. */
export interface IntentRow {
  readonly id: string;
  readonly namespace: string;
  /** Run that the command is about; empty when it is about another row. */
  readonly runId: RunId;
  readonly command: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly tries: number;
  readonly visibleAt: EpochMs;
  readonly createdAt: EpochMs;
}

/** A hint on a transport: "look at this stage". Ids only, untrusted, never truth. */
export interface Job {
  readonly v: 1;
  readonly jobId: string;
  readonly workflowRunId: RunId;
  readonly workflowId: string;
  readonly stageId: string;
  readonly mapIndex: number;
  readonly generation: number;
  readonly attempt: number;
  readonly queue: string;
}

/**
 * The hint that a dispatch row asks for. Its id is another for every dispatch, since a broker that
 * remembers ids would swallow the second; it holds no colon, which some brokers refuse.
 */
export const jobOf = (row: DispatchRow, dispatchId: string): Job => ({
  v: 1,
  jobId: `${stageKeyText(row)}-${row.attempt}-${dispatchId}`.replaceAll(":", "%3A"),
  workflowRunId: row.runId,
  workflowId: row.workflowId,
  stageId: row.stageId,
  mapIndex: row.mapIndex,
  generation: row.generation,
  attempt: row.attempt,
  queue: row.queue,
});
