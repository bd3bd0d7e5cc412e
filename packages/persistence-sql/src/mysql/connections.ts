import { PersistenceUnavailableError } from "@pawl/kernel";
import type { ObservedCall } from "../observed-call.ts";
import { closedError, isContended, isDisconnected, isNotWaiting, translate } from "./errors.ts";
import type { MysqlSessions, Session } from "./session.ts";

export interface ConnectionsOptions {
  readonly sessions: MysqlSessions;
  /** A call that the server does not answer for so long loses its connection. */
  readonly answerTimeoutMs: number;
  readonly observe?: ((call: ObservedCall) => void) | undefined;
}

const TRIES_MAX = 4;
/** Of a row that was waited for: each try takes a second. */
const WAITED_TRIES_MAX = 2;
const RETRY_DELAY_MAX_MS = 20;

/**
 * The connections of one persistence. Work that met a deadlock or lost its connection is done
 * again after a moment, a few times: whatever runs here does no harm when it is done twice.
 */
export class MysqlConnections {
  readonly place: string;
  readonly #options: ConnectionsOptions;
  readonly #pending = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.place = options.sessions.place;
  }

  /** Work that is done again is told when the first may have been committed. */
  async use<T>(
    method: string,
    work: (session: Session, inDoubt: boolean) => Promise<T>,
  ): Promise<T> {
    if (this.#closed) throw closedError(this.place);
    const call = this.#observed(method, work);
    this.#pending.add(call);
    try {
      return await call;
    } finally {
      this.#pending.delete(call);
    }
  }

  /** Begins sessions inside a transaction of the caller's. */
  bind(transaction: unknown): () => Promise<Session> {
    return this.#options.sessions.bind(transaction);
  }

  /** A commit may have been done by a connection that is gone, and its rows are still locked. */
  stillInDoubt(): PersistenceUnavailableError {
    return new PersistenceUnavailableError(
      `${this.place} lost the connection in the middle of a commit, and whether it was done ` +
        "can't be told yet: try the same plan again",
      { details: { place: this.place } },
    );
  }

  /** Waits for the calls under way, then lets the server go. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#pending);
    await this.#options.sessions.end();
  }

  async #observed<T>(
    method: string,
    work: (session: Session, inDoubt: boolean) => Promise<T>,
  ): Promise<T> {
    const cost = { statements: 0, commits: 0 };
    let inDoubt = false;
    try {
      for (let tries = 1; ; tries += 1) {
        const session = await this.#options.sessions.begin();
        try {
          return await this.#bounded(session, () => work(session, inDoubt));
        } catch (error) {
          inDoubt ||= session.inDoubt;
          const triesMax = isNotWaiting(error) ? WAITED_TRIES_MAX : TRIES_MAX;
          if (!isPassing(error) || tries >= triesMax) throw error;
        } finally {
          cost.statements += session.statements;
          cost.commits += session.commits;
          await session.end();
        }
        await pause(tries);
      }
    } catch (error) {
      throw translate(error, this.place);
    } finally {
      this.#options.observe?.({ method, ...cost });
    }
  }

  /** A server that says nothing more loses the connection, so that nobody waits for ever. */
  async #bounded<T>(session: Session, work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => session.abandon(), this.#options.answerTimeoutMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }
}

const isPassing = (error: unknown): boolean => isContended(error) || isDisconnected(error);

/** Longer after each try, and at random: who met once should not meet again. */
export const pause = (tries: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 1 + Math.random() * Math.min(4 ** tries, RETRY_DELAY_MAX_MS));
  });
