import { EngineError } from "../errors/engine-error.ts";
import type { Limits } from "../limits.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { Persistence } from "../ports/persistence.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { CommitPlan, CommitResult } from "../state/plan.ts";
import { type Pending, takeBatch } from "./batch.ts";

export interface CommitterParts {
  readonly persistence: Persistence;
  readonly runtime: Runtime;
  readonly ids: IdSource;
  readonly limits: Limits;
}

const UNAVAILABLE_TRIES = 6;
const BUSY_TRIES = 200;

/**
 * The only caller of `persistence.commit`. Plans that arrive while a batch is under way form the
 * next one: no timer, so nothing waits when there is no load.
 */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #queue: Pending[] = [];
  #draining = false;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /**
   * Commits a plan. A busy row is tried again; a lost connection too, with the same `commitId`,
   * so that what was written is recognised.
   *
   * @throws PersistenceUnavailableError when the store stays out of reach
   */
  async commit(plan: CommitPlan): Promise<CommitResult> {
    for (let busy = 0, failed = 0; ; ) {
      try {
        const result = await this.#enqueue(plan);
        if (result.ok || result.why !== "busy" || ++busy >= BUSY_TRIES) return result;
        await this.#pause(Math.min(2 * busy, 50));
      } catch (error) {
        const again = EngineError.is(error) && error.kind === "unavailable";
        if (!again || ++failed >= UNAVAILABLE_TRIES) throw error;
        await this.#pause(20 * 2 ** failed);
      }
    }
  }

  #enqueue(plan: CommitPlan): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ plan, resolve, reject });
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    const { persistence, limits } = this.#parts;
    this.#draining = true;
    while (this.#queue.length > 0) {
      const batch = takeBatch(this.#queue, limits.commitBatchMax);
      const waiting = batch.map((merged) => merged.waiting);
      try {
        const results =
          batch.length === 1
            ? [await persistence.commit((batch[0] as (typeof batch)[0]).plan)]
            : await persistence.commitMany(batch.map((merged) => merged.plan));
        for (const [i, result] of results.entries()) {
          for (const pending of waiting[i] ?? []) pending.resolve(result);
        }
      } catch (cause) {
        for (const pending of waiting.flat()) pending.reject(cause);
      }
    }
    this.#draining = false;
  }

  #pause(ms: number): Promise<void> {
    const { runtime, ids } = this.#parts;
    return runtime.after(Math.ceil(ms * (0.5 + ids.random())));
  }
}
