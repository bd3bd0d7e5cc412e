/** Lets everything pass, or one alone with nothing beside it. */
export class Turnstile {
  #shut: Promise<void> | undefined;

  get isShut(): boolean {
    return this.#shut !== undefined;
  }

  /** Resolves when nothing is alone; at once as a rule. */
  async pass(): Promise<void> {
    while (this.#shut) await this.#shut;
  }

  /** Lets nothing pass until `work` has ended. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    let open = (): void => {};
    this.#shut = new Promise((resolve) => {
      open = resolve;
    });
    try {
      return await work();
    } finally {
      this.#shut = undefined;
      open();
    }
  }
}
