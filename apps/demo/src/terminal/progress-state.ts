import type { Writable } from "node:stream";

export interface ProgressStage {
  readonly id: string;
  /** As the engine calls it: blocked, ready, running, suspended, completed, failed, … */
  readonly status: string;
  readonly done: number;
  readonly total: number;
  readonly running: number;
}

export interface ProgressWorker {
  readonly pid: number;
  readonly alive: boolean;
  /** What it works on now; empty when it has nothing. */
  readonly current: string;
}

/** What is shown of a run while it goes on. */
export interface ProgressState {
  readonly runId: string;
  readonly elapsedMs: number;
  readonly stages: readonly ProgressStage[];
  readonly stepsRecorded: number;
  readonly stepsReplayed: number;
  readonly workers: readonly ProgressWorker[];
  /** One sentence about what is happening, for example that a worker was killed. */
  readonly note?: string;
}

/** What is said once the run has ended. */
export interface ProgressSummary {
  readonly runId: string;
  readonly status: string;
  readonly elapsedMs: number;
  /** Sentences, such as the verdict on a crash. */
  readonly lines: readonly string[];
  /** Files that were written. */
  readonly files: readonly string[];
}

export interface ProgressViewOptions {
  readonly stream: Writable;
  readonly isTty: boolean;
  /** Width of the terminal; a function when it may change. */
  readonly columns: number | (() => number);
  /** Height of the terminal; workers that don't fit are counted instead. Default 24. */
  readonly rows?: number | (() => number);
  /** Where NO_COLOR and TERM are looked up. Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ProgressView {
  update(state: ProgressState): void;
  finish(summary: ProgressSummary): void;
  /** Gives the terminal back without a summary; harmless after `finish`. */
  close(): void;
}
