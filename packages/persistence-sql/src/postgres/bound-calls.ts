import { EngineError } from "@pawl/kernel";
import type { SqlRow, Statement } from "../statements/statement.ts";
import type { PostgresCalls, PostgresSession } from "./connection.ts";
import { isLost, isUnbegun, isUndone, translate } from "./errors.ts";
import { TYPES } from "./pool-link.ts";
import { numberPlaceholders } from "./prepared-texts.ts";

/** A client of pg, of the caller's and whichever version. */
export interface TransactionClient {
  query(config: object): Promise<{ readonly rows: unknown[] }>;
}

type Execute = (statement: Statement) => Promise<readonly SqlRow[]>;

/**
 * Calls on a client in whose transaction they take part, one after the other. What fails is undone
 * alone: on this server an error would otherwise undo all that the caller did before.
 */
export class BoundCalls implements PostgresCalls {
  readonly #client: TransactionClient;
  readonly #place: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: TransactionClient, place: string) {
    this.#client = client;
    this.#place = place;
  }

  call<T>(_method: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    const called = this.#last.then(() => this.#translated(() => work(this.#session)));
    this.#last = called.catch(() => undefined);
    return called;
  }

  readonly #execute: Execute = async ({ text, params }) => {
    const values = [...params];
    const query = { text: numberPlaceholders(text), values, rowMode: "array", types: TYPES };
    return (await this.#client.query(query)).rows as SqlRow[];
  };

  readonly #session: PostgresSession = {
    repeat: (statement) => this.#apart(() => this.#execute(statement)),
    once: (statement) => this.#apart(() => this.#execute(statement)),
    transaction: (work) => this.#apart(() => work(this.#execute)),
    wrote: () => {},
  };

  /** Keeps all of the work or, when it answers undefined or throws, nothing. */
  async #apart<T>(work: () => Promise<T>): Promise<T> {
    await this.#control("SAVEPOINT pawl");
    try {
      const value = await work();
      if (value === undefined) await this.#control("ROLLBACK TO SAVEPOINT pawl");
      await this.#control("RELEASE SAVEPOINT pawl");
      return value;
    } catch (error) {
      if (!isLost(error)) {
        await this.#control("ROLLBACK TO SAVEPOINT pawl");
        await this.#control("RELEASE SAVEPOINT pawl");
      }
      throw error;
    }
  }

  async #control(text: string): Promise<void> {
    await this.#client.query({ text });
  }

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isUnbegun(error)) throw unusable("is in no transaction: BEGIN one first", error);
      if (isUndone(error)) throw unusable("has a transaction that failed: ROLLBACK it", error);
      throw translate(error, this.#place);
    }
  }
}

const unusable = (why: string, cause: unknown): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `the client given to bind ${why}`, { cause });
