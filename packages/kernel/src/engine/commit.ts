import { EngineError } from "../errors/engine-error.ts";
import type { Limits } from "../limits.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { Persistence } from "../ports/persistence.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { CommitPlan, CommitResult } from "../state/plan.ts";
import { type Merged, type Pending, takeBatch } from "./batch.ts";

export interface CommitterParts {
  readonly persistence: Persistence;
  readonly runtime: Runtime;
  readonly ids: IdSource;
  readonly limits: Limits;
}

const UNAVAILABLE_TRIES = 6;
const BUSY_TRIES = 200;

/**
 * The only caller of `persistence.commit`. Plans that arrive in one host turn, or while a batch is
 * under way, are committed together: no timer, so nothing waits when there is no load.
 */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #queue: Pending[] = [];
  #draining = false;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /**
   * Commits a plan. A busy row is tried again; a lost connection too, with the same plan and
   * `commitId`, so that what was written is recognised.
   *
   * @throws PersistenceUnavailableError when the store stays out of reach
   */
  commit(plan: CommitPlan): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ plan, resolve, reject });
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    await this.#parts.runtime.turn();
    while (this.#queue.length > 0) {
      const batch = takeBatch(this.#queue, this.#parts.limits.commitBatchMax);
      const results = await this.#attempt(batch);
      for (const [i, merged] of batch.entries()) this.#answer(merged, results[i] as Attempt);
    }
    this.#draining = false;
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
    if ("result" in attempt && (attempt.result.ok || attempt.result.why !== "busy")) {
      for (const pending of merged.waiting) pending.resolve(attempt.result);
    } else {
      void this.#insist(merged, attempt);
    }
  }

  /** Tries one plan again by itself, so that it neither waits for others nor holds them up. */
  async #insist(merged: Merged, first: Attempt): Promise<void> {
    let attempt = first;
    for (let tries = 1; ; tries++) {
      const pauseMs = pauseAfter(attempt, tries);
      if (pauseMs === undefined) break;
      if (pauseMs > 0) await this.#pause(pauseMs);
      attempt = (await this.#attempt([merged]))[0] as Attempt;
    }
    for (const pending of merged.waiting) {
      if ("error" in attempt) pending.reject(attempt.error);
      else pending.resolve(attempt.result);
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
  if ("result" in attempt) {
    const busy = !attempt.result.ok && attempt.result.why === "busy";
    return busy && tries < BUSY_TRIES ? Math.min(2 * tries, 50) : undefined;
  }
  const unreachable = EngineError.is(attempt.error) && attempt.error.kind === "unavailable";
  if (unreachable) return tries < UNAVAILABLE_TRIES ? 20 * 2 ** tries : undefined;
  return attempt.alone ? undefined : 0;
}
