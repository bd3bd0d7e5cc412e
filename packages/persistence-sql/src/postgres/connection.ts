import type { ObservedCall } from "../observed-call.ts";
import type { SqlRow, Statement } from "../statements/statement.ts";
import {
  closedError,
  isLost,
  isRetryable,
  isUnprepared,
  StatementTimeout,
  translate,
} from "./errors.ts";
import type { BoundLink, Execute, PostgresLink, Run } from "./link.ts";

const TRIES = 4;
const RETRY_DELAY_MAX_MS = 20;

/** Statements of one call, each its own transaction. */
export interface PostgresSession {
  /** Executes again what a lost connection or a deadlock interrupted: nothing depends on it. */
  repeat(statement: Statement): Promise<readonly SqlRow[]>;
  /** Executes once; again only when the server says that it undid everything. */
  once(statement: Statement): Promise<readonly SqlRow[]>;
  /** Executes all of it or, when it answers undefined or throws, nothing. */
  transaction<T>(work: (run: Execute) => Promise<T | undefined>): Promise<T | undefined>;
  /** Counts a statement that wrote. */
  wrote(): void;
}

/** Does the work of one call of the port, with statements of its own. */
export interface PostgresCalls {
  /** @throws EngineError whatever the driver threw */
  call<T>(method: string, work: (session: PostgresSession) => Promise<T>): Promise<T>;
}

/** The calls of one persistence, whose statements a link takes to the server. */
export class PostgresConnection implements PostgresCalls {
  readonly place: string;
  readonly #link: PostgresLink;
  readonly #observe: ((call: ObservedCall) => void) | undefined;
  #closed: Promise<void> | undefined;
  #calls = new Set<Promise<unknown>>();

  constructor(link: PostgresLink, observe?: (call: ObservedCall) => void) {
    this.place = link.place;
    this.#link = link;
    this.#observe = observe;
  }

  call<T>(method: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const called = this.#call(method, work);
    this.#calls.add(called);
    const done = (): void => void this.#calls.delete(called);
    called.then(done, done);
    return called;
  }

  async #call<T>(method: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError(this.place);
    const cost = { statements: 0, commits: 0 };
    const counted =
      (execute: Execute): Execute =>
      (statement) => {
        cost.statements += 1;
        return execute(statement);
      };
    const execute = counted((statement) => this.#link.execute(statement));
    const session: PostgresSession = {
      repeat: (statement) => retried(() => execute(statement), isPassing),
      once: (statement) => retried(() => execute(statement), isUndoneWhole),
      transaction: (work) =>
        retried(() => this.#link.transaction((run) => work(counted(run))), isUndoneWhole),
      wrote: () => {
        cost.commits += 1;
      },
    };
    try {
      return await work(session);
    } catch (error) {
      throw translate(error, this.place);
    } finally {
      this.#observe?.({ method, ...cost });
    }
  }

  /** Several texts of one connection in one transaction; a throw leaves nothing of them. */
  async transaction(work: (run: Run) => Promise<void>): Promise<void> {
    await this.call("migrate", () => this.#link.migrate(work));
  }

  /** One text that no value was put into. */
  read(text: string): Promise<readonly SqlRow[]> {
    return this.call("schema", () => this.#link.read(text));
  }

  /** Takes part in a transaction of the caller's. */
  bind(transaction: unknown): BoundLink {
    return this.#link.bind(transaction);
  }

  /** Lets finish what was asked before, and refuses what comes after. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await Promise.allSettled([...this.#calls]);
      await this.#link.end();
    })();
    return this.#closed;
  }
}

/** Nothing of it is left, and it may be tried again. */
const isUndoneWhole = (error: unknown): boolean => isRetryable(error) || isUnprepared(error);

const isPassing = (error: unknown): boolean =>
  isUndoneWhole(error) || (isLost(error) && !(error instanceof StatementTimeout));

/** Tries again, after a short delay that differs, while `again` says so of what was thrown. */
async function retried<T>(work: () => Promise<T>, again: (error: unknown) => boolean): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= TRIES || !again(error)) throw error;
    }
    await pause(Math.min(2 ** tries, RETRY_DELAY_MAX_MS));
  }
}

/** Up to so many milliseconds, at random: who met once should not meet again. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 0.5 + Math.random() * ms));
