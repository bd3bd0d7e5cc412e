import type { NodeHostOptions } from "@pawl/host-node";
import {
  type AnyWorkflow,
  checkOptions,
  EngineError,
  type Limits,
  type OptionKinds,
  shown,
} from "@pawl/kernel";
import type { BlobStore, EventSink, JobTransport, Logger } from "@pawl/kernel/ports";
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
  /** Schema of the tables, on PostgreSQL only. Default: `?schema=` of the URL, else `public`. */
  readonly schema?: string;
  /** Put before the name of every table: lower-case letters, digits and `_`. Default: nothing. */
  readonly tablePrefix?: string;
  /** False: processes on PostgreSQL do not tell each other of work; they poll. Default true. */
  readonly notify?: boolean;
  /** False: on PostgreSQL no prepared statements, for poolers that lose them. Default true. */
  readonly prepare?: boolean;
  /** Variables that say where state lives. Default: those of the process. */
  readonly environment?: Environment;
  /**
   * Where jobs travel: sent to the first, taken from all, so that one may follow another. Default:
   * those of PAWL_QUEUE_URL, else the database is the queue. They are the caller's to close, after
   * `stop`.
   */
  readonly transports?: readonly JobTransport[];
  /** Where large payloads are kept. Default: PAWL_BLOB_URL, else a folder beside the database. */
  readonly blobStore?: BlobStore;
  /** Finer settings of the worker in this process. */
  readonly host?: HostOptions;
}

/** What `createNodeHost` takes beside what an app gives it, or has an option of its own for. */
export type HostOptions = Partial<
  Omit<
    NodeHostOptions,
    | "kernel"
    | "jobTransport"
    | "transports"
    | "heartbeatDescriptor"
    | "runtime"
    | "clock"
    | "random"
    | "logger"
    | "concurrency"
    | "handleSignals"
  >
>;

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
  schema: "text?",
  tablePrefix: "text?",
  notify: "truth?",
  prepare: "truth?",
  environment: "object?",
  transports: "list?",
  blobStore: "object?",
  host: "object?",
};

const HOST_OPTIONS: OptionKinds<HostOptions> = {
  workerId: "text?",
  queues: "list?",
  labels: "object?",
  jobPollIntervalMs: "number?",
  orchestrationIntervalMs: "number?",
  leaseTtlMs: "number?",
  leaseThread: "truth?",
  maxLoopBlockMs: "number?",
  maxClaimsPerTick: "number?",
  maxSuspendedChecksPerTick: "number?",
  maxOutboxFlushPerTick: "number?",
  drainTimeoutMs: "number?",
  health: "object?",
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
export function checkPawlOptions(options: PawlOptions): void {
  checkOptions("pawl", options, PAWL_OPTIONS);
  checkOptions("host", options.host ?? {}, HOST_OPTIONS);
}

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function checkStartOptions(options: StartOptions): void {
  checkOptions("start", options, START_OPTIONS);
  const { startAt } = options;
  const isInstant = typeof startAt === "number" || startAt instanceof Date;
  if (startAt === undefined || (isInstant && Number.isFinite(Number(startAt)))) return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `Option "startAt" of start is ${isInstant ? String(startAt) : shown(startAt)}; give a Date, ` +
      "or epoch milliseconds.",
    { details: { option: "startAt" } },
  );
}
