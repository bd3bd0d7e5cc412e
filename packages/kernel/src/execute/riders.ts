import type { Guard, Write } from "../state/plan.ts";

/** Writes that wait for the execution's next commit. */
export interface Ride {
  readonly writes: readonly Write[];
  readonly guards: readonly Guard[];
}

interface PendingFailure extends Ride {
  /** Durable calls made when the body saw the failure: later ones may depend on it. */
  readonly seenAt: number;
}

/**
 * Deferred records, logs and caught failures. A step's final failure is stored only with records
 * of what was called after it: if it ends the attempt, the step starts afresh in the next one.
 */
export class Riders {
  readonly #calls: () => number;
  #plain: Ride[] = [];
  #lines: Ride[] = [];
  #failures: PendingFailure[] = [];

  /** `calls` answers how many durable calls the body has made. */
  constructor(calls: () => number) {
    this.#calls = calls;
  }

  add(ride: Ride): void {
    this.#plain.push(ride);
  }

  /** A line of the log. */
  addLine(ride: Ride): void {
    this.#lines.push(ride);
  }

  /** The body sees another operation settle: replay will not write the lines before it again. */
  settled(): void {
    this.#plain.push(...this.#lines);
    this.#lines = [];
  }

  /** A deferred record, together with the failures that came before its call. */
  addRecord(ride: Ride, calledAt: number): void {
    this.#plain.push(...this.#seenBefore(calledAt), ride);
  }

  addFailure(ride: Ride): void {
    this.#failures.push({ ...ride, seenAt: this.#calls() });
  }

  /** What may ride with the record of an operation that was called as number `calledAt`. */
  takeFor(calledAt: number): Ride {
    return this.#join(this.#seenBefore(calledAt));
  }

  /** Everything: the body has gone on or ended after all that it saw. */
  takeAll(): Ride {
    const seen = this.#failures;
    this.#failures = [];
    return this.#join(seen);
  }

  /** Everything but lines that the next execution writes again when it comes to the same place. */
  takeSettled(): Ride {
    this.#lines = [];
    return this.takeAll();
  }

  /** Without caught failures: the attempt failed. */
  takePlain(): Ride {
    this.#failures = [];
    return this.#join([]);
  }

  #seenBefore(calledAt: number): readonly Ride[] {
    const seen = this.#failures.filter((failure) => failure.seenAt <= calledAt);
    this.#failures = this.#failures.filter((failure) => failure.seenAt > calledAt);
    return seen;
  }

  #join(failures: readonly Ride[]): Ride {
    const rides = [...this.#plain, ...this.#lines, ...failures];
    this.#plain = [];
    this.#lines = [];
    return {
      writes: rides.flatMap((ride) => ride.writes),
      guards: rides.flatMap((ride) => ride.guards),
    };
  }
}
