import { setImmediate as nextTurn } from "node:timers/promises";

/** Sends what is added in one turn together, so many at a time. */
export class Gathered<T> {
  readonly #most: number;
  readonly #send: (items: readonly T[]) => Promise<void>;
  #items: T[] = [];
  #sent: Promise<void> | undefined;

  constructor(most: number, send: (items: readonly T[]) => Promise<void>) {
    this.#most = most;
    this.#send = send;
  }

  /** Resolves when all that came with it is sent. */
  add(item: T): Promise<void> {
    this.#items.push(item);
    this.#sent ??= this.#flush();
    return this.#sent;
  }

  async #flush(): Promise<void> {
    await nextTurn();
    const items = this.#items;
    this.#items = [];
    this.#sent = undefined;
    const batches = Array.from({ length: Math.ceil(items.length / this.#most) }, (_, i) =>
      items.slice(i * this.#most, (i + 1) * this.#most),
    );
    await Promise.all(batches.map((batch) => this.#send(batch)));
  }
}
