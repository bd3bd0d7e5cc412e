import type { ExecutionBudget } from "@pawl/kernel";
import type { HostSettings } from "./host-options.ts";

/** What the platform says of one invocation. */
export interface Call {
  /** Milliseconds until the platform ends this invocation. Default: it never does. */
  readonly remainingMs?: () => number;
}

type BudgetParts = Pick<
  HostSettings,
  "runtime" | "yieldBeforeMs" | "abortBeforeMs" | "queries" | "maxQueries" | "queriesKept"
>;

/** Of an invocation, the share kept at most for ending. */
const YIELD_SHARE = 1 / 4;
const ABORT_SHARE = 1 / 8;

/**
 * How much one invocation may still do, in time and in queries. Its timers end with it. Queries of
 * invocations that run beside it in this process count too: they can't be told apart.
 */
export class InvocationBudget implements ExecutionBudget {
  readonly spent: Promise<void>;
  readonly over: Promise<void>;
  readonly #parts: BudgetParts;
  readonly #closed: Promise<void>;
  readonly #usedBefore: number;
  #isSpent = false;
  #isClosed = false;
  #spend: () => void = () => {};
  #end: () => void = () => {};
  #close: () => void = () => {};

  constructor(parts: BudgetParts, { remainingMs }: Call) {
    this.#parts = parts;
    this.spent = new Promise((resolve) => {
      this.#spend = resolve;
    });
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    this.#usedBefore = parts.queries?.used ?? 0;
    this.#watchQueries();
    if (remainingMs) this.#watchTime(remainingMs);
  }

  /** Nothing further may begin. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Queries that may be made before it is spent. */
  get queriesLeft(): number {
    const { maxQueries, queriesKept } = this.#parts;
    return Math.max(0, maxQueries - queriesKept - this.#used);
  }

  spend(): void {
    this.#isSpent = true;
    this.#spend();
  }

  /** The invocation has ended: leaves no timer behind. */
  close(): void {
    this.#isClosed = true;
    this.#close();
  }

  get #used(): number {
    return (this.#parts.queries?.used ?? 0) - this.#usedBefore;
  }

  #watchQueries(): void {
    const { queries, maxQueries, queriesKept } = this.#parts;
    if (!queries || maxQueries === Number.POSITIVE_INFINITY) return;
    const look = (): void => {
      if (this.#used >= maxQueries - queriesKept) this.spend();
      if (this.#used >= maxQueries - queriesKept / 2) this.#end();
    };
    void this.#closed.then(queries.listen(look));
  }

  #watchTime(remainingMs: () => number): void {
    const { yieldBeforeMs, abortBeforeMs } = this.#parts;
    const wholeMs = remainingMs();
    const yieldMs = Math.min(yieldBeforeMs, wholeMs * YIELD_SHARE);
    const abortMs = Math.min(abortBeforeMs, wholeMs * ABORT_SHARE);
    const msUntil = (kept: number) => (): number => remainingMs() - kept;
    void this.#when(msUntil(yieldMs), () => this.spend());
    void this.#when(msUntil(abortMs), () => {
      this.spend();
      this.#end();
    });
  }

  async #when(msLeft: () => number, act: () => void): Promise<void> {
    for (let ms = msLeft(); ms > 0; ms = msLeft()) {
      await this.#parts.runtime.after(Math.ceil(ms), { cancelled: this.#closed });
      if (this.#isClosed) return;
    }
    act();
  }
}
