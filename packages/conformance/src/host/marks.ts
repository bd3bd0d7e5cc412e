/** What the bodies of a case did, counted under keys. */
export class Marks {
  readonly #counts = new Map<string, number>();
  readonly #awaited = new Map<string, (() => void)[]>();

  /** Counts once more and answers how often that makes. */
  add(key: string): number {
    const count = this.count(key) + 1;
    this.#counts.set(key, count);
    for (const settle of this.#awaited.get(key) ?? []) settle();
    this.#awaited.delete(key);
    return count;
  }

  count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Every key with its count, in the order of their first. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** Resolves once the key was counted. */
  async reached(key: string): Promise<void> {
    if (this.count(key) > 0) return;
    await new Promise<void>((resolve) => {
      this.#awaited.set(key, [...(this.#awaited.get(key) ?? []), resolve]);
    });
  }
}
