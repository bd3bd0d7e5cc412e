import type {
  MysqlOutcome,
  MysqlSession,
  MysqlSessions,
  SqlRow,
  SqlValue,
  Statement,
} from "@pawl/persistence-sql/adapters";
import { isMysqlDisconnected } from "@pawl/persistence-sql/adapters";
import type {
  PrismaClientLike,
  PrismaStatements,
  PrismaTransactionOptions,
} from "../prisma-client.ts";
import { valuesOf } from "../rows.ts";
import { abandoned, unwrapped } from "./errors.ts";

/** Changes of large tables take their time, and so does a starter that migrates before. */
const ALONE_TIMEOUT_MS = 600_000;
const INT_MAX = 2 ** 31 - 1;

/** Sessions for MariaDB and MySQL on a client of the caller's, which is never disconnected. */
export class PrismaSessions implements MysqlSessions {
  readonly place = "the database of the given PrismaClient";
  readonly #prisma: PrismaClientLike;
  readonly #timeoutMs: number;

  constructor(prisma: PrismaClientLike, statementTimeoutMs: number) {
    this.#prisma = prisma;
    this.#timeoutMs = statementTimeoutMs;
  }

  async begin(): Promise<MysqlSession> {
    return new PrismaSession(this.#prisma, this.#timeoutMs);
  }

  async end(): Promise<void> {}
}

type Isolation = NonNullable<PrismaTransactionOptions["isolationLevel"]>;

class PrismaSession implements MysqlSession {
  statements = 0;
  commits = 0;
  inDoubt = false;
  readonly #prisma: PrismaClientLike;
  readonly #timeoutMs: number;
  /** The transaction that is open, in which every statement runs then. */
  #transaction: PrismaStatements | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #unhurried = false;
  #abandon: () => void = () => undefined;
  readonly #abandoned = new Promise<never>((_, reject) => {
    this.#abandon = () => reject(abandoned());
  });

  constructor(prisma: PrismaClientLike, timeoutMs: number) {
    this.#prisma = prisma;
    this.#timeoutMs = timeoutMs;
    this.#abandoned.catch(() => undefined);
  }

  async all({ text, params }: Statement): Promise<readonly SqlRow[]> {
    this.statements += 1;
    const values = params.map(bound);
    return valuesOf(await this.#watched((client) => client.$queryRawUnsafe(text, ...values)));
  }

  allOf(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]> {
    return Promise.all(statements.map((statement) => this.all(statement)));
  }

  async change({ text, params }: Statement): Promise<number> {
    this.statements += 1;
    const values = params.map(bound);
    return this.#watched((client) => client.$executeRawUnsafe(text, ...values));
  }

  /** Prisma has no statement for many rows: each is one of its own. */
  async batch(text: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    await Promise.all(rows.map((params) => this.change({ text, params })));
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

  async run(text: string): Promise<void> {
    this.statements += 1;
    await this.#watched((client) => client.$executeRawUnsafe(text));
  }

  abandon(): void {
    if (!this.#unhurried) this.#abandon();
  }

  async end(): Promise<void> {}

  async #within<T>(isolationLevel: Isolation, timeout: number, work: () => Promise<T>): Promise<T> {
    const transaction = this.#prisma.$transaction(
      async (client) => {
        this.#transaction = client;
        try {
          return await work();
        } catch (error) {
          await Promise.allSettled(this.#underWay);
          throw error;
        } finally {
          this.#transaction = undefined;
        }
      },
      { isolationLevel, timeout, maxWait: timeout },
    );
    return this.#unwrapping(transaction);
  }

  async #watched<T>(ask: (client: PrismaStatements) => PromiseLike<T>): Promise<T> {
    const answer = Promise.resolve(ask(this.#transaction ?? this.#prisma));
    this.#underWay.add(answer);
    try {
      return await this.#unwrapping(answer);
    } finally {
      this.#underWay.delete(answer);
    }
  }

  async #unwrapping<T>(answer: Promise<T>): Promise<T> {
    try {
      return await Promise.race([answer, this.#abandoned]);
    } catch (error) {
      throw unwrapped(error);
    }
  }
}

const NOTHING = new Error("the transaction came to nothing");

/** The driver sends numbers beyond 32 bits as floating point, but for those of type bigint. */
const bound = (value: SqlValue): SqlValue | bigint =>
  typeof value === "number" && Number.isInteger(value) && Math.abs(value) > INT_MAX
    ? BigInt(value)
    : value;
