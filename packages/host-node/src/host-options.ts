import {
  checkOptions,
  DEFAULT_LIMITS,
  EngineError,
  type Kernel,
  type OptionKinds,
} from "@pawl/kernel";
import type { Clock, HeartbeatDescriptor, JobTransport, Logger, Runtime } from "@pawl/kernel/ports";
import { createConsoleLogger } from "./console-logger.ts";
import { createNodeRuntime } from "./node-runtime.ts";
import { systemClock } from "./system-clock.ts";

export interface NodeHostOptions {
  readonly kernel: Kernel;
  /** The same that the kernel was given; or `transports`. */
  readonly jobTransport?: JobTransport;
  /**
   * Where jobs are taken from, all of them at once, as while one follows another: the first is the
   * one that the kernel was given, to which jobs are sent.
   */
  readonly transports?: readonly JobTransport[];
  /** Name of this worker in lists and logs; it need not be unique. */
  readonly workerId: string;
  /** Stages that run at once. Default 10. */
  readonly concurrency?: number;
  /** Queues that this worker serves. Default: all. */
  readonly queues?: readonly string[];
  /** Shown with the worker. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Between rounds of maintenance, in milliseconds, jittered. Default 5,000. */
  readonly orchestrationIntervalMs?: number;
  /** Between looks for work, in milliseconds; five times as long when idle. Default 1,000. */
  readonly jobPollIntervalMs?: number;
  /** How long this worker may be silent before others take its stages over. Default 25,000. */
  readonly leaseTtlMs?: number;
  /**
   * What `heartbeatDescriptor` of the persistence answers: a thread renews the lease, so that a
   * busy event loop does not lose it. Default: the event loop renews it.
   */
  readonly heartbeatDescriptor?: HeartbeatDescriptor | undefined;
  /** False: no thread, whatever the persistence can. Default true. */
  readonly leaseThread?: boolean;
  /** How long the event loop may be blocked until the thread gives it up. Default 60,000. */
  readonly maxLoopBlockMs?: number;
  /** Stages taken by one claim. Default: as many as may run. */
  readonly maxClaimsPerTick?: number;
  /** Waiting stages looked after in one round of maintenance. Default: the kernel's `sweepRows`. */
  readonly maxSuspendedChecksPerTick?: number;
  /** Runs whose events are delivered in one round. Default: the kernel's `sweepRows`. */
  readonly maxOutboxFlushPerTick?: number;
  /** How long `stop` waits for running stages, in milliseconds. Default 30,000. */
  readonly drainTimeoutMs?: number;
  /** SIGTERM and SIGINT stop the host and end the process; a second one at once. Default true. */
  readonly handleSignals?: boolean;
  /** Serves `GET /health` and `GET /ready`. Default: nothing is served. */
  readonly health?: HealthOptions;
  readonly runtime?: Runtime;
  readonly clock?: Clock;
  /** Default: JSON lines on standard error, from level `warn`. */
  readonly logger?: Logger;
  /** In [0, 1): spreads the intervals of many workers. Default: `Math.random`. */
  readonly random?: () => number;
}

export interface HealthOptions {
  readonly port: number;
  /** Default: all addresses of the machine. */
  readonly host?: string;
}

type Defaulted =
  | "concurrency"
  | "labels"
  | "orchestrationIntervalMs"
  | "jobPollIntervalMs"
  | "leaseTtlMs"
  | "leaseThread"
  | "maxLoopBlockMs"
  | "maxClaimsPerTick"
  | "drainTimeoutMs"
  | "handleSignals"
  | "runtime"
  | "clock"
  | "logger"
  | "random";

/** Options with the defaults filled in. */
export type HostSettings = Omit<NodeHostOptions, "jobTransport"> &
  Required<Pick<NodeHostOptions, Defaulted | "transports">>;

const LEASE_TTL_MS_MIN = 3_000;
const MAX_LOOP_BLOCK_MS = 60_000;
const MAX_LOOP_BLOCK_MS_MIN = 100;

const OPTIONS: OptionKinds<NodeHostOptions> = {
  kernel: "object",
  jobTransport: "object?",
  transports: "list?",
  workerId: "text",
  concurrency: "number?",
  queues: "list?",
  labels: "object?",
  orchestrationIntervalMs: "number?",
  jobPollIntervalMs: "number?",
  leaseTtlMs: "number?",
  heartbeatDescriptor: "object?",
  leaseThread: "truth?",
  maxLoopBlockMs: "number?",
  maxClaimsPerTick: "number?",
  maxSuspendedChecksPerTick: "number?",
  maxOutboxFlushPerTick: "number?",
  drainTimeoutMs: "number?",
  handleSignals: "truth?",
  health: "object?",
  runtime: "object?",
  clock: "object?",
  logger: "object?",
  random: "function?",
};

const HEALTH_OPTIONS: OptionKinds<HealthOptions> = { port: "number", host: "text?" };

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function hostSettings(options: NodeHostOptions): HostSettings {
  checkOptions("createNodeHost", options, OPTIONS);
  if (options.health) checkOptions("health", options.health, HEALTH_OPTIONS);
  checkQueues(options.queues);
  const concurrency = options.concurrency ?? 10;
  const { jobTransport, ...others } = options;
  const settings: HostSettings = {
    ...others,
    transports: transportsOf(options),
    concurrency,
    labels: options.labels ?? {},
    orchestrationIntervalMs: options.orchestrationIntervalMs ?? 5_000,
    jobPollIntervalMs: options.jobPollIntervalMs ?? 1_000,
    leaseTtlMs: options.leaseTtlMs ?? DEFAULT_LIMITS.leaseTtlMs,
    leaseThread: options.leaseThread ?? true,
    maxLoopBlockMs: options.maxLoopBlockMs ?? MAX_LOOP_BLOCK_MS,
    maxClaimsPerTick: options.maxClaimsPerTick ?? concurrency,
    drainTimeoutMs: options.drainTimeoutMs ?? 30_000,
    handleSignals: options.handleSignals ?? true,
    runtime: options.runtime ?? createNodeRuntime(),
    clock: options.clock ?? systemClock,
    logger: options.logger ?? createConsoleLogger({ level: "warn" }),
    random: options.random ?? Math.random,
  };
  atLeast("concurrency", settings.concurrency, 1);
  atLeast("maxClaimsPerTick", settings.maxClaimsPerTick, 1);
  atLeast("orchestrationIntervalMs", settings.orchestrationIntervalMs, 10);
  atLeast("jobPollIntervalMs", settings.jobPollIntervalMs, 10);
  atLeast("drainTimeoutMs", settings.drainTimeoutMs, 0);
  atLeast("leaseTtlMs", settings.leaseTtlMs, LEASE_TTL_MS_MIN);
  atLeast("maxLoopBlockMs", settings.maxLoopBlockMs, MAX_LOOP_BLOCK_MS_MIN);
  atLeast("maxSuspendedChecksPerTick", settings.maxSuspendedChecksPerTick ?? 1, 1);
  atLeast("maxOutboxFlushPerTick", settings.maxOutboxFlushPerTick ?? 1, 1);
  return settings;
}

/** Of no queue at all it would take nothing, and be counted among those who do. */
function checkQueues(queues: readonly unknown[] | undefined): void {
  if (queues === undefined) return;
  const isNamed = queues.every((queue) => typeof queue === "string" && queue !== "");
  if (queues.length > 0 && isNamed) return;
  const given = queues.length === 0 ? "an empty list" : "a list with something that is no name";
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `queues is ${given}; give names of queues, or leave it out to serve all. For a pawl app that ` +
      "only starts runs there is worker: false.",
    { details: { option: "queues" } },
  );
}

function transportsOf({ jobTransport, transports }: NodeHostOptions): readonly JobTransport[] {
  const given = transports ?? (jobTransport ? [jobTransport] : []);
  if (given.length > 0 && !(transports && jobTransport)) return given;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    'createNodeHost needs the option "jobTransport", or "transports" with at least one, not both.',
    { details: { option: "jobTransport" } },
  );
}

function atLeast(option: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `${option} is ${value}; give a whole number of at least ${least}.`,
    { details: { option, value } },
  );
}
