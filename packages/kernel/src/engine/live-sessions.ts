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

interface Begun {
  readonly execution: LiveExecution;
  readonly since: number;
}

/**
 * Answers the monotonic instant before which the last request was not sent that somebody else,
 * such as a thread, renewed the session by; undefined while there was none.
 */
export type RenewalSource = () => number | undefined;

export interface SessionTerms {
  /** Monotonic instant before the request that opened it was sent. */
  readonly before: number;
  readonly ttlMs: number;
  /** This long before its lease ends, by its own clock, a session is not used any more. */
  readonly marginMs: number;
  /** All queues when undefined. */
  readonly queues: readonly string[] | undefined;
}

/** A session of this process and what runs under it. */
export class LiveSession {
  readonly ref: SessionRef;
  readonly ttlMs: number;
  readonly queues: readonly string[] | undefined;
  draining = false;
  readonly #marginMs: number;
  readonly #executions = new Map<string, Begun>();
  #idle: ReadonlySet<string> = new Set();
  #renewedAt: number;
  #renewedElsewhere: RenewalSource = () => undefined;

  constructor(ref: SessionRef, terms: SessionTerms) {
    this.ref = ref;
    this.ttlMs = terms.ttlMs;
    this.#marginMs = terms.marginMs;
    this.#renewedAt = terms.before;
    this.queues = terms.queues;
  }

  /** Monotonic instant after which no fence of this session may be used. */
  get deadline(): number {
    this.renewed(this.#renewedElsewhere() ?? this.#renewedAt);
    return this.#renewedAt + this.ttlMs - this.#marginMs;
  }

  /** A request that renewed the session was sent after the monotonic instant `before`. */
  renewed(before: number): void {
    this.#renewedAt = Math.max(this.#renewedAt, before);
  }

  follow(source: RenewalSource): void {
    this.#renewedElsewhere = source;
  }

  serves(queue: string): boolean {
    return this.queues === undefined || this.queues.includes(queue);
  }

  get load(): number {
    return this.#executions.size;
  }

  /** `since` is the monotonic instant of now: the database knew of it before. */
  add(execution: LiveExecution, since: number): void {
    this.#executions.set(stageKeyText(execution.key), { execution, since });
  }

  remove(execution: LiveExecution): void {
    const text = stageKeyText(execution.key);
    if (this.#executions.get(text)?.execution === execution) this.#executions.delete(text);
  }

  /** Stages that were owned but not executed at the last heartbeat. */
  rememberIdle(owned: readonly { readonly key: StageKey; readonly fence: number }[]): void {
    this.#idle = new Set(owned.map(({ key, fence }) => `${stageKeyText(key)}@${fence}`));
  }

  wasIdle({ key, fence }: { readonly key: StageKey; readonly fence: number }): boolean {
    return this.#idle.has(`${stageKeyText(key)}@${fence}`);
  }

  executions(): readonly LiveExecution[] {
    return [...this.#executions.values()].map(({ execution }) => execution);
  }

  /** Those that began before a monotonic instant. */
  begunBefore(instant: number): readonly LiveExecution[] {
    const begun = [...this.#executions.values()].filter(({ since }) => since < instant);
    return begun.map(({ execution }) => execution);
  }

  stopAll(reason: StopReason): void {
    for (const execution of this.executions()) execution.stop(reason);
  }
}

/** Sessions registered by this kernel, by id. */
export type LiveSessions = Map<string, LiveSession>;
