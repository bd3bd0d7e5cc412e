import { inTurnOf } from "../turns-of-callers.ts";
import type { PostgresCalls, PostgresSession } from "./connection.ts";
import { translate } from "./errors.ts";
import type { BoundLink } from "./link.ts";

/** Calls that take part in a transaction of the caller's, one after the other. */
export class BoundCalls implements PostgresCalls {
  readonly #link: BoundLink;
  readonly #place: string;
  readonly #transaction: object;

  constructor(link: BoundLink, place: string, transaction: object) {
    this.#link = link;
    this.#place = place;
    this.#transaction = transaction;
  }

  call<T>(_method: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    return inTurnOf(this.#transaction, () => this.#translated(() => work(this.#session)));
  }

  readonly #session: PostgresSession = {
    repeat: (statement) => this.#link.read(statement),
    once: (statement) => this.#link.once(statement),
    transaction: (work) => this.#link.apart(work),
    wrote: () => {},
  };

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw translate(error, this.#place);
    }
  }
}
