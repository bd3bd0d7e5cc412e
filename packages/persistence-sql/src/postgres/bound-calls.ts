import type { SqlRow, Statement } from "../statements/statement.ts";
import type { PostgresCalls, PostgresSession } from "./connection.ts";
import { translate } from "./errors.ts";
import type { BoundLink } from "./link.ts";

/** Calls that take part in a transaction of the caller's, one after the other. */
export class BoundCalls implements PostgresCalls {
  readonly #link: BoundLink;
  readonly #place: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(link: BoundLink, place: string) {
    this.#link = link;
    this.#place = place;
  }

  call<T>(_method: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const called = this.#last.then(() => this.#translated(() => work(this.#session)));
    this.#last = called.catch(() => undefined);
    return called;
  }

  readonly #session: PostgresSession = {
    repeat: (statement) => this.#rows(statement),
    once: (statement) => this.#rows(statement),
    transaction: (work) => this.#link.apart(work),
    wrote: () => {},
  };

  async #rows(statement: Statement): Promise<readonly SqlRow[]> {
    return (await this.#link.apart((run) => run(statement))) ?? [];
  }

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw translate(error, this.#place);
    }
  }
}
