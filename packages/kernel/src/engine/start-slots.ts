import type { SessionRef } from "../state/ids.ts";
import type { ClaimedStage } from "../state/snapshot.ts";

/** Room in a host of this process for one stage, kept until it is used or given back. */
export interface StartSlot {
  readonly session: SessionRef;
  /** The stage is the session's: executes it. */
  use(claimed: ClaimedStage): void;
  giveBack(): void;
}

/** Answers room for a stage of a queue where there is some, and nothing known waits for it. */
export type StartSlotSource = (queue: string) => StartSlot | undefined;

/** Where runs that start in this process may begin at once, without a claim. */
export class StartSlots {
  readonly #sources = new Set<StartSlotSource>();

  offer(source: StartSlotSource): () => void {
    this.#sources.add(source);
    return () => this.#sources.delete(source);
  }

  take(queue: string): StartSlot | undefined {
    for (const source of this.#sources) {
      const slot = source(queue);
      if (slot) return slot;
    }
    return undefined;
  }
}
