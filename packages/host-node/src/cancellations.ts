/**
 * Callbacks on promises that may live long. A promise keeps every `then` until it settles, so
 * each gets one, which calls whoever is listening by then.
 */
export class Cancellations {
  readonly #listeners = new WeakMap<Promise<unknown>, Set<() => void>>();

  /** Calls `settled` once the promise does, unless the answered function was called before. */
  add(promise: Promise<unknown>, settled: () => void): () => void {
    const listeners = this.#listeners.get(promise) ?? this.#listen(promise);
    listeners.add(settled);
    return () => listeners.delete(settled);
  }

  #listen(promise: Promise<unknown>): Set<() => void> {
    const listeners = new Set<() => void>();
    this.#listeners.set(promise, listeners);
    const callAll = (): void => {
      this.#listeners.delete(promise);
      for (const listener of [...listeners]) listener();
    };
    promise.then(callAll, callAll);
    return listeners;
  }
}
