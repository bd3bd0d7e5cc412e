/**
 * Lets calls of one process that are going to lock the same rows follow one another, so that they
 * never find one another's locks: `busy` is said of other processes only.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `work` after all that was given before for one of these places. */
  async take<T>(places: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = places.map((place) => this.#last.get(place));
    let pass: () => void = () => undefined;
    const passed = new Promise<void>((resolve) => {
      pass = resolve;
    });
    for (const place of places) this.#last.set(place, passed);
    await Promise.all(before);
    try {
      return await work();
    } finally {
      for (const place of places) {
        if (this.#last.get(place) === passed) this.#last.delete(place);
      }
      pass();
    }
  }
}
