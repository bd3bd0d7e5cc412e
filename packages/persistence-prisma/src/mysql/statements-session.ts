import type { SqlRow, SqlValue, Statement } from "@pawl/persistence-sql/adapters";
import type { PrismaStatements } from "../prisma-client.ts";
import { valuesOf } from "../rows.ts";
import { abandoned, unwrapped } from "./errors.ts";

const INT_MAX = 2 ** 31 - 1;

/** Statements of one call: inside of a transaction, once one was entered, else of the client. */
export class PrismaStatementsSession {
  statements = 0;
  commits = 0;
  inDoubt = false;
  readonly #client: PrismaStatements;
  #transaction: PrismaStatements | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #abandon: () => void = () => undefined;
  readonly #abandoned = new Promise<never>((_, reject) => {
    this.#abandon = () => reject(abandoned());
  });

  constructor(client: PrismaStatements) {
    this.#client = client;
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

  async run(text: string): Promise<void> {
    await this.change({ text, params: [] });
  }

  abandon(): void {
    this.#abandon();
  }

  async end(): Promise<void> {}

  /** Lets statements run in a transaction while the work lasts, and be over when it throws. */
  protected async inside<T>(transaction: PrismaStatements, work: () => Promise<T>): Promise<T> {
    this.#transaction = transaction;
    try {
      return await work();
    } catch (error) {
      await Promise.allSettled(this.#underWay);
      throw error;
    } finally {
      this.#transaction = undefined;
    }
  }

  /** What Prisma answers, or the driver's error, or the loss of an answer nobody waits for. */
  protected async unwrapping<T>(answer: Promise<T>): Promise<T> {
    try {
      return await Promise.race([answer, this.#abandoned]);
    } catch (error) {
      throw unwrapped(error);
    }
  }

  async #watched<T>(ask: (client: PrismaStatements) => PromiseLike<T>): Promise<T> {
    const answer = Promise.resolve(ask(this.#transaction ?? this.#client));
    this.#underWay.add(answer);
    try {
      return await this.unwrapping(answer);
    } finally {
      this.#underWay.delete(answer);
    }
  }
}

/** The driver sends numbers beyond 32 bits as floating point, but for those of type bigint. */
const bound = (value: SqlValue): SqlValue | bigint =>
  typeof value === "number" && Number.isInteger(value) && Math.abs(value) > INT_MAX
    ? BigInt(value)
    : value;
