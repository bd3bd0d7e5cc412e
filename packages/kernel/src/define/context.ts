import type { HostAbortSignal } from "../state/abort-signal.ts";
import type { LogLevel } from "../state/records.ts";
import type { Duration } from "./duration.ts";
import type { RetryOptions } from "./retry-policy.ts";

/** Handed to a step's body. */
export interface StepScope {
  /** Number of this try, from 1. */
  readonly attempt: number;
  /** The same at every attempt and in every process: `run/stage/map/generation/key#occurrence`. */
  readonly idempotencyKey: string;
  /**
   * Ownership epoch of the stage, higher with every takeover: who receives the effect can refuse
   * one of a process that has lost the stage and does not know it yet.
   */
  readonly fence: number;
  /** Aborts on the step's and the stage's time limits, on cancel and on a lost lease. */
  readonly abortSignal: HostAbortSignal;
  /** What the failed attempt before this one left in `RetryableError.progress`. */
  readonly progress: unknown;
}

export type StepBody<T> = (step: StepScope) => T | Promise<T>;

export interface StepOptions {
  readonly retry?: RetryOptions;
  /** Soft limit of one attempt: the abort signal fires; a grace later the attempt ends. */
  readonly timeout?: Duration;
  /**
   * `atLeastOnce` (default): the body may run again if a crash came before its record.
   * `atMostOnce`: a marker is committed first; a marker without a result is `StepInDoubtError`.
   */
  readonly mode?: "atLeastOnce" | "atMostOnce";
  /** `deferred`: the record rides on the next commit instead of making one of its own. */
  readonly durability?: "committed" | "deferred";
}

/** Artifacts of this run and stage in the blob store, by name. */
export interface StageStorage {
  put(name: string, value: unknown): Promise<void>;
  get(name: string): Promise<unknown>;
  has(name: string): Promise<boolean>;
}

/** What a body does durably. Every promise settles in the same order at every execution. */
export interface DurableContext {
  readonly runId: string;
  readonly workflowId: string;
  readonly stageId: string;
  /** Number of this try of the stage, from 1. */
  readonly attempt: number;
  /** Stable over attempts and processes: `run/stage/map/generation`. */
  readonly idempotencyKey: string;
  readonly abortSignal: HostAbortSignal;

  /**
   * Runs `body` once and records its result; replay answers the record without running it.
   * The key must be the same at every execution; a repeated key counts occurrences.
   *
   * @throws TerminalError and others of the body, when its attempts are spent
   */
  step<T>(key: string, body: StepBody<T>, options?: StepOptions): Promise<T>;
  /** Durable: holds no worker while it lasts. */
  sleep(key: string, duration: Duration): Promise<void>;
  /** `instant` in epoch milliseconds or a Date; one in the past settles at once. */
  sleepUntil(key: string, instant: number | { valueOf(): number }): Promise<void>;

  /** Like Promise.all; finished members are not run again after a crash. */
  all<T extends readonly unknown[]>(
    members: T,
  ): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }>;
  /** Like Promise.race; the winner is the same at every execution. */
  race<T extends readonly unknown[]>(members: T): Promise<Awaited<T[number]>>;
  /** Runs `body` for each item, at most `concurrency` at once; results in order of the items. */
  map<T, R>(
    items: readonly T[],
    body: (item: T, index: number) => Promise<R>,
    options?: { readonly concurrency?: number },
  ): Promise<R[]>;

  /** Instant of the last settled operation, epoch milliseconds: the same at every execution. */
  now(): number;
  /** In [0, 1), the same at every execution. */
  random(): number;
  /** A version 4 UUID, the same at every execution. */
  uuid(): string;

  log(level: LogLevel, message: string, data?: Readonly<Record<string, unknown>>): void;
  /** Replaces what is shown of this stage while it runs; not required for correctness. */
  progress(value: unknown): void;
  readonly storage: StageStorage;
}

/** Context of a stage: its input, config and what it may read of others. */
export interface StageContext<In, Config, Uses extends object = object> extends DurableContext {
  readonly input: In;
  readonly config: Config;
  /**
   * Output of a stage named in `uses`.
   *
   * @throws EngineError E_UPSTREAM_ABSENT when it was skipped, naming what exists
   */
  require<K extends keyof Uses & string>(stageId: K): Uses[K];
  /** Output of a stage named in `uses`, or undefined when it was skipped. */
  optional<K extends keyof Uses & string>(stageId: K): Uses[K] | undefined;
}
