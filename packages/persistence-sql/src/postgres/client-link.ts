import { EngineError } from "@pawl/kernel";
import type { SqlRow, SqlValue } from "../statements/statement.ts";
import { isLost, isUnbegun, isUndone } from "./errors.ts";
import type { BoundLink, Execute } from "./link.ts";
import { numberPlaceholders } from "./prepared-texts.ts";
import { undoneAlone } from "./undone-alone.ts";
import { TYPES } from "./value-types.ts";

/** A client of pg, of the caller's and whichever version. */
interface TransactionClient {
  query(config: object): Promise<{ readonly rows: unknown[] }>;
}

/** A client of pg that is in a transaction of the caller's. */
export class ClientLink implements BoundLink {
  readonly #client: TransactionClient;

  constructor(transaction: unknown) {
    this.#client = clientOf(transaction);
  }

  readonly read: Execute = (statement) => this.#thrown(() => this.#execute(statement));

  readonly once: Execute = (statement) =>
    this.#thrown(() => undoneAlone(statement, (text, values) => this.#run(text, values)));

  apart<T>(work: (run: Execute) => Promise<T | undefined>): Promise<T | undefined> {
    return this.#thrown(() => this.#apart(() => work(this.#execute)));
  }

  readonly #execute: Execute = ({ text, params }) => this.#run(numberPlaceholders(text), params);

  async #run(text: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    const query = { text, values: [...params], rowMode: "array", types: TYPES };
    return (await this.#client.query(query)).rows as SqlRow[];
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
