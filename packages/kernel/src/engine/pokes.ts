import type { EpochMs } from "../state/time.ts";

/** News of this process for its host: never truth, only less latency. */
export type Poke =
  /** A stage may be claimed, at `at` in database time or now. */
  | { readonly type: "ready"; readonly at?: EpochMs }
  /** A pending run is to be admitted at `at`, in database time. */
  | { readonly type: "startDue"; readonly at: EpochMs }
  | { readonly type: "runEnded"; readonly runId: string };

export class Pokes {
  readonly #listeners = new Set<(poke: Poke) => void>();

  listen(listener: (poke: Poke) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send(poke: Poke): void {
    for (const listener of this.#listeners) listener(poke);
  }
}
