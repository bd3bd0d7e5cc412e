import type { Witness, WorkInput, WorkName } from "../work/work.ts";

/** What is compared in one page; `transports` are several queues over one PostgreSQL. */
export type StoreName = "sqlite" | "postgres" | "mariadb" | "transports";

export type EngineName =
  | "pawl"
  | "bare"
  | "openworkflow"
  | "dbos"
  | "dbos-in-process"
  | "restate"
  | "pg-boss"
  | "graphile"
  | "bullmq"
  | "bullmq-postgres"
  | "pawl-sql"
  | "pawl-bullmq"
  | "pawl-sqs"
  | "bare-bullmq"
  | "bare-sqs";

/** Brokers that stand beside the database. */
export interface Brokers {
  readonly redisUrl: string;
  readonly sqsUrl: string;
}

/**
 * Of SQLite's `synchronous`: FULL, NORMAL. Of PostgreSQL's `synchronous_commit`: on. Of MariaDB's
 * `innodb_flush_log_at_trx_commit`: 1.
 */
export type Synchronous = "FULL" | "NORMAL" | "on" | "1";

/** Where an engine keeps its runs. */
export interface Place {
  /** An existing folder; the engine has it for itself. */
  readonly directory: string;
  /** Of a database that the engine has for itself; empty where everything is in the folder. */
  readonly url: string;
  /** Where transports are compared; engines there are measured one after the other. */
  readonly brokers?: Brokers;
}

/** Something that carries out runs and keeps them. */
export interface Engine {
  readonly name: EngineName;
  readonly store: StoreName;
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
  /** False: only the process that started a run carries it out. */
  readonly handsOver: boolean;
  /** Who goes on with the runs of a dead worker: another, or only the same one, started again. */
  readonly heir: "another" | "itself";
  /** Makes what has to be there before a process opens it; answers how to remove that again. */
  prepare?(place: Place): Promise<() => Promise<void>>;
  open(options: EngineOptions): Promise<OpenEngine>;
}

export interface EngineOptions {
  readonly place: Place;
  readonly synchronous: Synchronous;
  readonly witness: Witness;
  /** False: it only starts runs and looks at them. */
  readonly worker: boolean;
  /** Runs that may be under way at once. */
  readonly concurrency: number;
  /** What the worker is called, where workers need a name that outlives them. */
  readonly identity: string;
}

export interface StartedRun {
  /** What the work returned, as soon as the engine can tell. */
  result(): Promise<unknown>;
}

export interface OpenEngine {
  /** The file of an engine on SQLite. */
  readonly databasePath?: string;
  /** How often looking at `completed` disturbs little. Default: 5 ms. */
  readonly lookEveryMs?: number;
  start(work: WorkName, input: WorkInput): Promise<StartedRun>;
  /** How many runs the database calls completed. */
  completed(): Promise<number>;
  close(): Promise<void>;
}
