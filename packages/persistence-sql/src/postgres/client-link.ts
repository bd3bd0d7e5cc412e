import { EngineError } from "@pawl/kernel";
import type { SqlRow, Statement } from "../statements/statement.ts";
import { isLost, isUnbegun, isUndone } from "./errors.ts";
import type { BoundLink, Execute } from "./link.ts";
import { numberPlaceholders } from "./prepared-texts.ts";
import { TYPES } from "./value-types.ts";

interface Answer {
  readonly rows: unknown[];
}

/** A client of pg, of the caller's and whichever version. */
interface TransactionClient {
  /** One answer for each statement of a text, where there are several. */
  query(config: object): Promise<Answer | readonly Answer[]>;
}

/** A client of pg that is in a transaction of the caller's. */
export class ClientLink implements BoundLink {
  readonly #client: TransactionClient;

  constructor(transaction: unknown) {
    this.#client = clientOf(transaction);
  }

  readonly read: Execute = (statement) => this.#thrown(() => this.#execute(statement));

  /**
   * A statement that fails must be undone before the client sends anything of the caller's. So what
   * undoes it is given to the client in the same tick, before anybody knows: when all went well it
   * goes back to a savepoint behind the statement. Both are texts of several statements, since a
   * text that begins with a SAVEPOINT does nothing outside of a transaction, and since the driver
   * would rather not be given more than two. Their values are settings of the transaction.
   */
  readonly once: Execute = (statement) =>
    this.#thrown(async () => {
      const text = await this.#settled(statement);
      const [executed] = await Promise.allSettled([
        this.#client.query({
          text: `SAVEPOINT pawl; ${text}; RELEASE SAVEPOINT pawl; SAVEPOINT pawl`,
          rowMode: "array",
          types: TYPES,
        }),
        this.#client.query({ text: "ROLLBACK TO SAVEPOINT pawl; RELEASE SAVEPOINT pawl" }),
      ]);
      if (executed.status === "rejected") throw executed.reason;
      return rowsOf((executed.value as readonly Answer[])[1]);
    });

  apart<T>(work: (run: Execute) => Promise<T | undefined>): Promise<T | undefined> {
    return this.#thrown(() => this.#apart(() => work(this.#execute)));
  }

  readonly #execute: Execute = async ({ text, params }) => {
    const values = [...params];
    const query = { text: numberPlaceholders(text), values, rowMode: "array", types: TYPES };
    return rowsOf(await this.#client.query(query));
  };

  /** Makes values settings until the transaction ends; the text that reads them there. */
  async #settled({ text, params }: Statement): Promise<string> {
    const given = params.flatMap((value, at) => (value === null ? [] : [{ value, at }]));
    const sets = given.map(({ at }, i) => `set_config('pawl.value_${at}', $${i + 1}, true)`);
    const values = given.map(({ value }) => `${value}`);
    if (sets.length > 0) await this.#client.query({ text: `SELECT ${sets.join(", ")}`, values });
    let at = 0;
    return text.replace(/\?/g, () => {
      const value = params[at] === null ? "NULL" : `current_setting('pawl.value_${at}')`;
      at += 1;
      return value;
    });
  }

  /** On this server an error would otherwise undo all that the caller did before. */
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

  async #thrown<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isUnbegun(error)) throw unusable("is in no transaction: BEGIN one first", error);
      if (isUndone(error)) throw unusable("has a transaction that failed: ROLLBACK it", error);
      throw error;
    }
  }
}

const rowsOf = (answer: Answer | readonly Answer[] | undefined): readonly SqlRow[] =>
  (answer as Answer).rows as SqlRow[];

const unusable = (why: string, cause: unknown): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `the client given to bind ${why}`, { cause });

function clientOf(transaction: unknown): TransactionClient {
  const client = transaction as Partial<TransactionClient & { totalCount: unknown }> | null;
  if (typeof client?.query === "function" && client.totalCount === undefined) {
    return client as TransactionClient;
  }
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    "bind takes a client of pg that has begun a transaction: pool.connect() answers one, a pool " +
      "has none of its own",
  );
}
