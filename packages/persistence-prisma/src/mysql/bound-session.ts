import type { MysqlOutcome, MysqlSession, SqlRow, Statement } from "@pawl/persistence-sql/adapters";
import { apart, inTransaction, type PrismaTransaction } from "../transaction-client.ts";
import { PrismaStatementsSession } from "./statements-session.ts";

/** A session inside a transaction of the caller's: what it writes is a part of it. */
export class BoundSession extends PrismaStatementsSession implements MysqlSession {
  readonly #caller: PrismaTransaction;

  constructor(transaction: PrismaTransaction) {
    super(transaction);
    this.#caller = transaction;
  }

  /** The caller decides when anything is committed. */
  async autocommit<T>(work: () => Promise<T>): Promise<T> {
    const [value] = (await this.#apart(async () => [await work()] as const)) ?? [];
    return value as T;
  }

  reading(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]> {
    return this.allOf(statements);
  }

  async writing<F, T>(
    first: () => Promise<F>,
    work: (first: F) => Promise<MysqlOutcome<T>>,
  ): Promise<T> {
    let outcome: MysqlOutcome<T> | undefined;
    await this.#apart(async () => {
      outcome = await work(await first());
      return outcome.commit ? true : undefined;
    });
    return (outcome as unknown as MysqlOutcome<T>).value;
  }

  /** Statements that nest in nothing meet the end of the transaction themselves. */
  protected override unwrapping<T>(answer: Promise<T>): Promise<T> {
    return inTransaction(() => super.unwrapping(answer));
  }

  alone<T>(_server: unknown, work: () => Promise<T>): Promise<T> {
    return work();
  }

  #apart<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.unwrapping(apart(this.#caller, (part) => this.inside(part, work)));
  }
}
