const KEPT_MAX = 10_000;

/** Instants at which to look for work, earliest first; the latest are dropped beyond a bound. */
export class DueTimes {
  readonly #times: number[] = [];

  get next(): number | undefined {
    return this.#times[0];
  }

  get size(): number {
    return this.#times.length;
  }

  isDue(now: number): boolean {
    return this.next !== undefined && this.next <= now;
  }

  add(at: number): void {
    const place = this.#placeOf(at);
    if (this.#times[place] === at) return;
    this.#times.splice(place, 0, at);
    if (this.#times.length > KEPT_MAX) this.#times.pop();
  }

  /** Removes what is due at `now`. True when there was any. */
  take(now: number): boolean {
    const due = this.#placeOf(now + 1);
    this.#times.splice(0, due);
    return due > 0;
  }

  /** First place whose instant is not before `at`. */
  #placeOf(at: number): number {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
