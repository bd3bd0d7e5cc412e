/** How a run went. All instants are milliseconds since its start. */
export interface RunAccount {
  readonly runId: string;
  readonly workflowId: string;
  readonly status: string;
  readonly elapsedMs: number;
  readonly stages: readonly StageAccount[];
  readonly workers: readonly WorkerAccount[];
  readonly pauses: readonly PauseAccount[];
  /** Only of a run whose worker was killed. */
  readonly crash?: CrashAccount;
}

export interface StageAccount {
  readonly id: string;
  /** What this one stage of a map worked on; empty for a stage that stands alone. */
  readonly item: string;
  readonly status: string;
  readonly attempts: number;
  readonly startMs: number;
  readonly durationMs: number;
  /** Of the worker that ended it. */
  readonly workerPid: number;
  readonly steps: readonly StepAccount[];
}

export interface StepAccount {
  readonly key: string;
  /** What it worked on, where a stage works on several things. */
  readonly item?: string;
  readonly attempts: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly workerPid: number;
}

/** Key of a step with what it worked on. */
export const stepName = ({ key, item }: StepAccount): string => (item ? `${item} ${key}` : key);

export interface WorkerAccount {
  readonly pid: number;
  readonly fate: "finished" | "killed";
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PauseAccount {
  readonly id: string;
  readonly startMs: number;
  readonly durationMs: number;
}

export interface CrashAccount {
  readonly killedPid: number;
  readonly atMs: number;
  readonly successorPid: number;
  /** When the successor had its first stage. */
  readonly resumedAtMs: number;
  /** Steps that had finished when the worker was killed. */
  readonly stepsFinishedBefore: number;
  /** Steps whose body was cut short, and therefore ran again. */
  readonly stepsInterrupted: number;
  /** Finished steps whose body ran a second time. The engine's promise is that there are none. */
  readonly stepsRunTwice: readonly string[];
}
