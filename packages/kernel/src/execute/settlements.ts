import type { EpochMs } from "../state/time.ts";
import type { Answer, Operation } from "./operation.ts";
import type { Pulse } from "./pulse.ts";

/** An operation whose answer is stored and whose turn has come. */
export interface Settled {
  readonly operation: Operation;
  readonly at: EpochMs;
  readonly answer: Answer;
}

interface Settlement {
  readonly seq: number;
  readonly operation: Operation;
  readonly at: EpochMs;
  answer: Answer | undefined;
}

/** Numbers operations as they settle and lets the body see them in that order only. */
export class Settlements {
  readonly #pulse: Pulse;
  readonly #queue: Settlement[] = [];
  #lastSeq: number;

  constructor(pulse: Pulse, lastSeq: number) {
    this.#pulse = pulse;
    this.#lastSeq = lastSeq;
  }

  get pending(): number {
    return this.#queue.length;
  }

  nextSeq(): number {
    this.#lastSeq += 1;
    return this.#lastSeq;
  }

  /** Takes a place in the order; `ack` says that the answer is stored. */
  expect(operation: Operation, seq: number, at: EpochMs): { ack(answer: Answer): void } {
    const settlement: Settlement = { seq, operation, at, answer: undefined };
    this.#queue.push(settlement);
    return {
      ack: (answer) => {
        settlement.answer = answer;
        this.#pulse.beat();
      },
    };
  }

  /** The first in order, if it is stored; the body must come to rest before the next. */
  next(): Settled | undefined {
    const [first] = this.#queue;
    if (!first?.answer) return undefined;
    this.#queue.shift();
    return { ...first, answer: first.answer };
  }
}
