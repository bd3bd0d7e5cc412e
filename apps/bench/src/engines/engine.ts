import type { Witness, WorkInput, WorkName } from "../work/work.ts";

export type EngineName = "pawl" | "openworkflow" | "bare";
export type Synchronous = "FULL" | "NORMAL";

/** Something that carries out runs and keeps them in a SQLite file. */
export interface Engine {
  readonly name: EngineName;
  /** As tables show it. */
  readonly title: string;
  /** Its package in `node_modules`. */
  readonly package: string;
  /** Whatever a reader has to know to compare. */
  readonly settings: string;
  /** Durable operations that one run may have. */
  readonly operationsMax: number;
  /** False: it keeps no runs, so there is nothing to wake, to take over or to poll for. */
  readonly durable: boolean;
  open(options: EngineOptions): Promise<OpenEngine>;
}

export interface EngineOptions {
  /** An existing folder; the engine has it for itself. */
  readonly directory: string;
  readonly synchronous: Synchronous;
  readonly witness: Witness;
  /** False: it only starts runs and looks at them. */
  readonly worker: boolean;
  /** Runs that may be under way at once. */
  readonly concurrency: number;
}

export interface StartedRun {
  /** What the work returned, as soon as the engine can tell. */
  result(): Promise<unknown>;
}

export interface OpenEngine {
  readonly databasePath: string;
  start(work: WorkName, input: WorkInput): Promise<StartedRun>;
  /** How many runs the database calls completed. */
  completed(): number;
  close(): Promise<void>;
}
