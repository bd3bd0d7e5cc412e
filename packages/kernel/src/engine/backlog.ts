/** Counts what is asked for and what is done of it, in that order. */
export class Backlog {
  readonly #waiting: { readonly until: number; readonly resolve: () => void }[] = [];
  #asked = 0;
  #done = 0;

  ask(count: number): void {
    this.#asked += count;
  }

  done(count: number): void {
    this.#done += count;
    while (this.#waiting[0] && this.#waiting[0].until <= this.#done) {
      this.#waiting.shift()?.resolve();
    }
  }

  /** Resolves when all that was asked for so far is done, whatever comes after. */
  async worked(): Promise<void> {
    const until = this.#asked;
    if (until <= this.#done) return;
    await new Promise<void>((resolve) => this.#waiting.push({ until, resolve }));
  }
}
