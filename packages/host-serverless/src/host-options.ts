import { checkOptions, EngineError, type Kernel, type OptionKinds } from "@pawl/kernel";
import type { Clock, JobTransport, Logger, Runtime } from "@pawl/kernel/ports";
import type { QueryCounter } from "./query-counter.ts";

export interface ServerlessHostOptions {
  readonly kernel: Kernel;
  /** The same that the kernel was given. */
  readonly jobTransport: JobTransport;
  /** Name of this worker in lists and logs; all copies of a function may share it. */
  readonly workerId: string;
  /** The same that the kernel was given. */
  readonly runtime: Runtime;
  /** The same that the kernel was given. */
  readonly clock: Clock;
  /** Queues from which `processAvailableJobs` claims. Default: all. */
  readonly queues?: readonly string[];
  /** Shown with the worker. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Jobs that `processAvailableJobs` runs at once. Default 10. */
  readonly concurrency?: number;
  /** How long this worker may be silent before others take its stages over. Default 45,000. */
  readonly leaseTtlMs?: number;
  /** With less left of an invocation no step begins. Default 5,000, at most a quarter of it. */
  readonly yieldBeforeMs?: number;
  /** With less left, the step that runs is aborted. Default 2,000, at most an eighth. */
  readonly abortBeforeMs?: number;
  /** Counts the queries of the persistence that the kernel was given: see `countQueries`. */
  readonly queries?: QueryCounter;
  /** Queries that one invocation may make. Default: any number. */
  readonly maxQueries?: number;
  /** Of those, how many are kept for giving back what runs. Default 50, at most half. */
  readonly queriesKept?: number;
  /** Default: silent. */
  readonly logger?: Logger;
}

type Defaulted =
  | "labels"
  | "concurrency"
  | "leaseTtlMs"
  | "yieldBeforeMs"
  | "abortBeforeMs"
  | "maxQueries"
  | "queriesKept"
  | "logger";

/** Options with the defaults filled in. */
export type HostSettings = ServerlessHostOptions & Required<Pick<ServerlessHostOptions, Defaulted>>;

const LEASE_TTL_MS = 45_000;
const LEASE_TTL_MS_MIN = 3_000;
const QUERIES_KEPT = 50;

const OPTIONS: OptionKinds<ServerlessHostOptions> = {
  kernel: "object",
  jobTransport: "object",
  workerId: "text",
  runtime: "object",
  clock: "object",
  queues: "list?",
  labels: "object?",
  concurrency: "number?",
  leaseTtlMs: "number?",
  yieldBeforeMs: "number?",
  abortBeforeMs: "number?",
  queries: "object?",
  maxQueries: "number?",
  queriesKept: "number?",
  logger: "object?",
};

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function hostSettings(options: ServerlessHostOptions): HostSettings {
  checkOptions("createServerlessHost", options, OPTIONS);
  const maxQueries = options.maxQueries ?? Number.POSITIVE_INFINITY;
  const settings: HostSettings = {
    ...options,
    labels: options.labels ?? {},
    concurrency: options.concurrency ?? 10,
    leaseTtlMs: options.leaseTtlMs ?? LEASE_TTL_MS,
    yieldBeforeMs: options.yieldBeforeMs ?? 5_000,
    abortBeforeMs: options.abortBeforeMs ?? 2_000,
    maxQueries,
    queriesKept: Math.min(options.queriesKept ?? QUERIES_KEPT, maxQueries / 2),
    logger: options.logger ?? { log: () => {} },
  };
  wholeFrom("concurrency", settings.concurrency, 1);
  atLeast("leaseTtlMs", settings.leaseTtlMs, LEASE_TTL_MS_MIN);
  atLeast("abortBeforeMs", settings.abortBeforeMs, 0);
  atLeast("yieldBeforeMs", settings.yieldBeforeMs, settings.abortBeforeMs);
  atLeast("maxQueries", settings.maxQueries, 2);
  atLeast("queriesKept", settings.queriesKept, 1);
  if (options.maxQueries !== undefined && !options.queries) {
    throw invalid("maxQueries", '"maxQueries" needs "queries", which counts them.');
  }
  return settings;
}

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function atLeast(option: string, value: number, min: number): void {
  if (value >= min) return;
  throw invalid(option, `Option "${option}" is ${value}: give a number from ${min}.`);
}

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function wholeFrom(option: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw invalid(option, `Option "${option}" is ${value}: give a whole number from ${min}.`);
}

const invalid = (option: string, says: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", says, { details: { option } });
