import type { Runtime } from "@pawl/kernel/ports";

/** Wakes who waits; a ring while nobody waits is kept for the next wait. */
export class Doorbell {
  readonly #runtime: Pick<Runtime, "after">;
  #rung = false;
  #wake: () => void = () => {};

  constructor(runtime: Pick<Runtime, "after">) {
    this.#runtime = runtime;
  }

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** Waits for a ring, at most `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      const cancelled = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#runtime.after(ms, { cancelled });
    }
    this.#rung = false;
  }
}
