import {
  isMysqlDisconnected,
  type MysqlOutcome,
  type MysqlSession,
  type SqlRow,
  type Statement,
} from "@pawl/persistence-sql/adapters";
import type { PrismaClientLike, PrismaTransactionOptions } from "../prisma-client.ts";
import { PrismaStatementsSession } from "./statements-session.ts";

/** Changes of large tables take their time, and so does a starter that migrates before. */
const ALONE_TIMEOUT_MS = 600_000;

type Isolation = NonNullable<PrismaTransactionOptions["isolationLevel"]>;

/** One call's use of a client, which begins and ends its transactions. */
export class PrismaSession extends PrismaStatementsSession implements MysqlSession {
  readonly #prisma: PrismaClientLike;
  readonly #timeoutMs: number;
  #unhurried = false;

  constructor(prisma: PrismaClientLike, timeoutMs: number) {
    super(prisma);
    this.#prisma = prisma;
    this.#timeoutMs = timeoutMs;
  }

  async autocommit<T>(work: () => Promise<T>): Promise<T> {
    this.inDoubt = true;
    try {
      const value = await work();
      this.inDoubt = false;
      return value;
    } catch (error) {
      if (!isMysqlDisconnected(error)) this.inDoubt = false;
      throw error;
    }
  }

  reading(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]> {
    return statements.length === 1
      ? this.allOf(statements)
      : this.#within("RepeatableRead", this.#timeoutMs, () => this.allOf(statements));
  }

  /** Prisma rolls back what throws: so does work that comes to nothing. */
  async writing<F, T>(
    first: () => Promise<F>,
    work: (first: F) => Promise<MysqlOutcome<T>>,
  ): Promise<T> {
    let outcome: MysqlOutcome<T> | undefined;
    const transaction = this.#within("ReadCommitted", this.#timeoutMs, async () => {
      outcome = await work(await first());
      if (!outcome.commit) throw NOTHING;
      this.inDoubt = true;
      return outcome.value;
    });
    try {
      const value = await transaction;
      this.inDoubt = false;
      this.commits += 1;
      return value;
    } catch (error) {
      if (error === NOTHING && outcome) return outcome.value;
      if (!isMysqlDisconnected(error)) this.inDoubt = false;
      throw error;
    }
  }

  /** A transaction keeps its connection, though a change of a table ends it on the server. */
  async alone<T>(_server: unknown, work: () => Promise<T>): Promise<T> {
    this.#unhurried = true;
    return this.#within("ReadCommitted", ALONE_TIMEOUT_MS, work);
  }

  override abandon(): void {
    if (!this.#unhurried) super.abandon();
  }

  #within<T>(isolationLevel: Isolation, timeout: number, work: () => Promise<T>): Promise<T> {
    const transaction = this.#prisma.$transaction((client) => this.inside(client, work), {
      isolationLevel,
      timeout,
      maxWait: timeout,
    });
    return this.unwrapping(transaction);
  }
}

const NOTHING = new Error("the transaction came to nothing");
