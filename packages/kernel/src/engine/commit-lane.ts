import { EngineError } from "../errors/engine-error.ts";
import type { Limits } from "../limits.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { Persistence } from "../ports/persistence.ts";
import type { Runtime } from "../ports/runtime.ts";
import { type CommitPlan, type CommitResult, OWNERSHIP_LOST } from "../state/plan.ts";
import { type Merged, ownerOf, type Pending, takeBatch } from "./batch.ts";

export interface CommitParts {
  readonly persistence: Persistence;
  readonly runtime: Runtime;
  readonly ids: IdSource;
  readonly limits: Limits;
}

const UNAVAILABLE_TRIES = 6;
const BUSY_TRIES = 200;

/**
 * One batch after the other. Plans that arrive in one host turn, or while a batch is under way, are
 * committed together: no timer, so nothing waits when there is no load.
 */
export class CommitLane {
  readonly #parts: CommitParts;
  readonly #queue: Pending[] = [];
  /** Executions of which a plan is tried again by itself: their later ones wait. */
  readonly #insisting = new Set<string>();
  #draining = false;

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  /** Resolves with what came of it; undefined when it was given up, which `owns` has said. */
  commit(parts: Pick<Pending, "plan" | "owns" | "once">): Promise<CommitResult | undefined> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...parts, resolve, reject });
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    await this.#parts.runtime.turn();
    for (;;) {
      this.#dropDisowned();
      const batch = takeBatch(this.#queue, this.#parts.limits.commitBatchMax, this.#insisting);
      if (batch.length === 0) break;
      const results = await this.#attempt(batch);
      for (const [i, merged] of batch.entries()) this.#answer(merged, results[i] as Attempt);
    }
    this.#draining = false;
  }

  /** What an execution gave up is not written later, when what came before it is not there. */
  #dropDisowned(): void {
    const queue = this.#queue.splice(0);
    for (const pending of queue) {
      if (pending.owns?.() === false) pending.resolve(undefined);
      else this.#queue.push(pending);
    }
  }

  /** One call for the whole batch; what went wrong concerns each of its plans alike. */
  async #attempt(batch: readonly Merged[]): Promise<readonly Attempt[]> {
    const { persistence } = this.#parts;
    const plans = batch.map((merged) => merged.plan);
    try {
      return plans.length === 1
        ? [{ result: await persistence.commit(plans[0] as CommitPlan) }]
        : (await persistence.commitMany(plans)).map((result) => ({ result }));
    } catch (error) {
      return plans.map(() => ({ error, alone: plans.length === 1 }));
    }
  }

  #answer(merged: Merged, attempt: Attempt): void {
    const { once } = merged.waiting[0] as Pending;
    if ("result" in attempt && (once || !isBusy(attempt))) {
      for (const pending of merged.waiting) pending.resolve(attempt.result);
      this.#refuseBehind(merged, attempt.result);
    } else {
      void this.#insist(merged, attempt);
    }
  }

  /** Tries one plan again by itself: it holds up only what its own execution gave after it. */
  async #insist(merged: Merged, first: Attempt): Promise<void> {
    const owner = ownerOf(merged.waiting[0] as Pending);
    this.#insisting.add(owner);
    const attempt = await this.#tryAgain(merged, first);
    this.#insisting.delete(owner);
    for (const pending of merged.waiting) {
      if (isPassing(attempt) && pending.owns) pending.resolve(undefined);
      else if ("error" in attempt) pending.reject(attempt.error);
      else pending.resolve(attempt.result);
    }
    if ("result" in attempt) this.#refuseBehind(merged, attempt.result);
    if (!this.#draining && this.#queue.length > 0) void this.#drain();
  }

  /** An execution that has lost its stage hears so for what it gave meanwhile, too. */
  #refuseBehind(merged: Merged, result: CommitResult): void {
    if (result.ok || !OWNERSHIP_LOST.includes(result.why)) return;
    const owner = ownerOf(merged.waiting[0] as Pending);
    for (const pending of this.#queue.splice(0)) {
      if (ownerOf(pending) === owner) pending.resolve(result);
      else this.#queue.push(pending);
    }
  }

  async #tryAgain(merged: Merged, first: Attempt): Promise<Attempt> {
    const { owns } = merged.waiting[0] as Pending;
    const { outOfReachRetryMs } = this.#parts.limits;
    let attempt = first;
    for (let tries = 1; ; tries++) {
      const patientMs = owns && isPassing(attempt) ? outOfReachRetryMs : undefined;
      const pauseMs = pauseAfter(attempt, tries) ?? patientMs;
      if (pauseMs === undefined) return attempt;
      if (pauseMs > 0) await this.#pause(pauseMs);
      if (owns?.() === false) return attempt;
      attempt = (await this.#attempt([merged]))[0] as Attempt;
    }
  }

  #pause(ms: number): Promise<void> {
    const { runtime, ids } = this.#parts;
    return runtime.after(Math.ceil(ms * (0.5 + ids.random())));
  }
}

type Attempt =
  | { readonly result: CommitResult }
  /** `alone`: no other plan can be at fault. */
  | { readonly error: unknown; readonly alone: boolean };

/** How long to wait before the next try; undefined when there is none. */
function pauseAfter(attempt: Attempt, tries: number): number | undefined {
  if (isBusy(attempt)) return tries < BUSY_TRIES ? Math.min(2 * tries, 50) : undefined;
  if (isUnreachable(attempt)) return tries < UNAVAILABLE_TRIES ? 20 * 2 ** tries : undefined;
  return "result" in attempt || attempt.alone ? undefined : 0;
}

/** Time may mend it. */
const isPassing = (attempt: Attempt): boolean => isBusy(attempt) || isUnreachable(attempt);

const isBusy = (attempt: Attempt): boolean =>
  "result" in attempt && !attempt.result.ok && attempt.result.why === "busy";

/** Tables that are away, as while somebody moves them, are no fault of the plan. */
const isUnreachable = (attempt: Attempt): boolean =>
  "error" in attempt &&
  EngineError.is(attempt.error) &&
  (attempt.error.kind === "unavailable" || attempt.error.code === "E_SCHEMA_MISSING");
