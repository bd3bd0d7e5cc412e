/** What a count says. */
export interface Counted {
  /** Of its kind in the interval that runs, with this one. */
  readonly nth: number;
  /** Of its kind in the interval before, but for the first. */
  readonly suppressed: number;
}

/** Counts things by kind; each interval begins with the first of its kind after the one before. */
export class Intervals {
  readonly #lengthMs: number;
  readonly #byKind = new Map<string, Counted & { readonly since: number }>();

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  count(kind: string, now: number): Counted {
    const known = this.#byKind.get(kind);
    const goesOn = known !== undefined && now - known.since < this.#lengthMs;
    const counted = goesOn
      ? { ...known, nth: known.nth + 1 }
      : { since: now, nth: 1, suppressed: known ? known.nth - 1 : 0 };
    this.#byKind.set(kind, counted);
    return counted;
  }
}
