/** Wakes whoever waits for "something changed"; changes before the wait are not remembered. */
export class Pulse {
  #wake: () => void = () => {};
  #next: Promise<void> | undefined;

  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    return this.#next;
  }

  beat(): void {
    this.#next = undefined;
    this.#wake();
  }
}
