import { updateStage } from "../decide/draft.ts";
import { decideRecordStep } from "../decide/record-step.ts";
import { packValue } from "../engine/pack.ts";
import type { PackedPayload } from "../state/payload.ts";
import type { CommitPlan } from "../state/plan.ts";
import type { Execution } from "./execution.ts";

/** Shows the latest value while the stage runs: one write at a time, older values are dropped. */
export class Progress {
  readonly #execution: Execution;
  #latest: { readonly value: unknown } | undefined;
  #writing = false;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  show(value: unknown): void {
    if (!this.#execution.fresh || this.#execution.closed) return;
    this.#latest = { value };
    if (!this.#writing) void this.#write();
  }

  async #write(): Promise<void> {
    const { engine, key } = this.#execution;
    this.#writing = true;
    while (this.#latest && !this.#execution.closed) {
      const { value } = this.#latest;
      this.#latest = undefined;
      try {
        const place = { runId: key.runId, field: "progress" };
        const { packed, writes } = await packValue(engine, value, place);
        if (writes.length === 0) {
          this.#execution.heed(await engine.commits.commit(this.#plan(packed)));
        }
      } catch (error) {
        engine.logger.log("warn", "progress could not be stored", { error, ...key });
      }
    }
    this.#writing = false;
  }

  #plan(packed: PackedPayload): CommitPlan {
    const { engine, key, fence } = this.#execution;
    return decideRecordStep({
      commitId: engine.ids.newId(),
      stage: key,
      fence,
      writes: [updateStage(key, { progress: packed })],
      guards: [],
    });
  }
}
