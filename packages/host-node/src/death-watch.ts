import type { Kernel } from "@pawl/kernel";
import type { LoopTurn } from "./supervised-loop.ts";

export interface DeathWatchParts {
  readonly kernel: Pick<Kernel, "query">;
  readonly orchestrationIntervalMs: number;
  readonly random: () => number;
  /** Sessions that the database took for dead twice. */
  died(sessions: readonly string[]): Promise<void>;
}

const LOOK_MS = 3_500;
/** In which a worker that merely lost its connection makes another. */
const GRACE_MS = 1_200;
const JITTER = 0.1;
const NOT_NEEDED_MS = 60_000;

/** Looks for sessions whose process, as the database noticed, is dead. */
export class DeathWatch {
  readonly #parts: DeathWatchParts;
  #needed = false;

  constructor(parts: DeathWatchParts) {
    this.#parts = parts;
  }

  /** Only needed where others work whose death the database would notice. True when that is new. */
  need(needed: boolean): boolean {
    const isNew = needed && !this.#needed;
    this.#needed = needed;
    return isNew;
  }

  async round(turn: LoopTurn): Promise<void> {
    if (!this.#needed) return turn.wait(NOT_NEEDED_MS);
    const { kernel, orchestrationIntervalMs, random, died } = this.#parts;
    const seemDead = await kernel.query.deadSessions();
    if (seemDead.length > 0) {
      await turn.wait(GRACE_MS);
      const still = new Set(await kernel.query.deadSessions());
      const dead = seemDead.filter((id) => still.has(id));
      if (dead.length > 0) await died(dead);
    }
    await turn.wait(Math.min(LOOK_MS, orchestrationIntervalMs) * (1 - JITTER * random()));
  }
}
