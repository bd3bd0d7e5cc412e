import { type AnyWorkflow, checkOptions, type Limits, type OptionKinds } from "@pawl/kernel";
import type { EventSink, Logger } from "@pawl/kernel/ports";
import type { Environment } from "./locations.ts";

export interface PawlOptions {
  /** Workflows that this process can start and execute. */
  readonly workflows: readonly AnyWorkflow[];
  /** Folder of all state. Default ".pawl". */
  readonly directory?: string;
  /** Database file. Default: PAWL_DATABASE_URL, DATABASE_URL, else `pawl.db` in `directory`. */
  readonly databasePath?: string;
  /** Stages that run at once in this process. Default 10. */
  readonly concurrency?: number;
  /** False: this process only starts runs and waits for them. Default true. */
  readonly worker?: boolean;
  /** SIGTERM and SIGINT stop the app and end the process. Default false. */
  readonly handleSignals?: boolean;
  /** Gets every event of every run, at least once. */
  readonly eventSink?: EventSink;
  /** Default: standard error from level `warn`, as text on a terminal, else as lines of JSON. */
  readonly logger?: Logger;
  readonly limits?: Partial<Limits>;
  /** Runs of another namespace are unknown here. Default "default". */
  readonly namespace?: string;
  /** `NORMAL` is faster; loss of power may then take the last commits. Default `FULL`. */
  readonly synchronous?: "FULL" | "NORMAL";
  /** Variables that say where state lives. Default: those of the process. */
  readonly environment?: Environment;
}

export interface StartOptions {
  /** Starting again with the same key and input answers the same run. */
  readonly idempotencyKey?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Higher goes first. Default 0. */
  readonly priority?: number;
  /** Epoch milliseconds or a date; the run is pending until then. */
  readonly startAt?: number | Date;
  /** Config by stage id. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly queue?: string;
}

const PAWL_OPTIONS: OptionKinds<PawlOptions> = {
  workflows: "list",
  directory: "text?",
  databasePath: "text?",
  concurrency: "number?",
  worker: "truth?",
  handleSignals: "truth?",
  eventSink: "object?",
  logger: "object?",
  limits: "object?",
  namespace: "text?",
  synchronous: ["FULL", "NORMAL"],
  environment: "object?",
};

const START_OPTIONS: OptionKinds<StartOptions> = {
  idempotencyKey: "text?",
  labels: "object?",
  priority: "number?",
  startAt: "any?",
  config: "object?",
  queue: "text?",
};

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export const checkPawlOptions = (options: unknown): void =>
  checkOptions("pawl", options, PAWL_OPTIONS);

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export const checkStartOptions = (options: unknown): void =>
  checkOptions("start", options, START_OPTIONS);
