import { type SessionRef, type StageKey, stageKeyText } from "../state/ids.ts";

/** Why an execution must stop. */
export type StopReason = "lost" | "cancelled" | "drained" | "expired";

/** An execution of this process, as the session's heartbeat reaches it. */
export interface LiveExecution {
  readonly key: StageKey;
  readonly fence: number;
  stop(reason: StopReason): void;
  /** The stage is held: start nothing further. */
  hold(): void;
}

export interface SessionTerms {
  /** Monotonic instant after which no fence of this session may be used. */
  readonly deadline: number;
  readonly ttlMs: number;
  /** All queues when undefined. */
  readonly queues: readonly string[] | undefined;
}

/** A session of this process and what runs under it. */
export class LiveSession {
  readonly ref: SessionRef;
  readonly ttlMs: number;
  readonly queues: readonly string[] | undefined;
  deadline: number;
  draining = false;
  readonly #executions = new Map<string, LiveExecution>();
  #idle: ReadonlySet<string> = new Set();

  constructor(ref: SessionRef, terms: SessionTerms) {
    this.ref = ref;
    this.deadline = terms.deadline;
    this.ttlMs = terms.ttlMs;
    this.queues = terms.queues;
  }

  serves(queue: string): boolean {
    return this.queues === undefined || this.queues.includes(queue);
  }

  get load(): number {
    return this.#executions.size;
  }

  add(execution: LiveExecution): void {
    this.#executions.set(stageKeyText(execution.key), execution);
  }

  remove(execution: LiveExecution): void {
    const text = stageKeyText(execution.key);
    if (this.#executions.get(text) === execution) this.#executions.delete(text);
  }

  /** Stages that were owned but not executed at the last heartbeat. */
  rememberIdle(owned: readonly { readonly key: StageKey; readonly fence: number }[]): void {
    this.#idle = new Set(owned.map(({ key, fence }) => `${stageKeyText(key)}@${fence}`));
  }

  wasIdle({ key, fence }: { readonly key: StageKey; readonly fence: number }): boolean {
    return this.#idle.has(`${stageKeyText(key)}@${fence}`);
  }

  executions(): readonly LiveExecution[] {
    return [...this.#executions.values()];
  }

  stopAll(reason: StopReason): void {
    for (const execution of this.executions()) execution.stop(reason);
  }
}

/** Sessions registered by this kernel, by id. */
export type LiveSessions = Map<string, LiveSession>;
