import type { EpochMs } from "../state/time.ts";
import type { Execution } from "./execution.ts";
import type { Answer, Operation } from "./operation.ts";

interface Settlement {
  readonly seq: number;
  readonly operation: Operation;
  readonly at: EpochMs;
  answer: Answer | undefined;
}

/** Numbers operations as they settle and lets the body see them in that order only. */
export class Settlements {
  readonly #execution: Execution;
  readonly #queue: Settlement[] = [];
  #lastSeq: number;

  constructor(execution: Execution, lastSeq: number) {
    this.#execution = execution;
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
        this.#execution.pulse.beat();
      },
    };
  }

  /** Settles the first in order if it is stored; the body must come to rest before the next. */
  settleNext(): boolean {
    const [first] = this.#queue;
    if (!first?.answer) return false;
    this.#queue.shift();
    this.#execution.instant = Math.max(this.#execution.instant, first.at);
    this.#execution.settled(first.operation);
    first.operation.settle(first.answer);
    return true;
  }
}
