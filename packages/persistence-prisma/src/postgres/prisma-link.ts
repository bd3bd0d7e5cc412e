import {
  type BoundLink,
  type Execute,
  numberPlaceholders,
  type PostgresLink,
  type Run,
  type SqlRow,
  type SqlValue,
  type Statement,
  StatementTimeout,
  statementsOf,
  undoneAlone,
} from "@pawl/persistence-sql/adapters";
import type {
  PrismaClientLike,
  PrismaStatements,
  PrismaTransactionOptions,
} from "../prisma-client.ts";
import { valuesOf } from "../rows.ts";
import { apart, inTransaction, transactionOf } from "../transaction-client.ts";
import { unwrapped } from "./errors.ts";

/** Changes of large tables take their time, and so does a starter that migrates before. */
const MIGRATION_TIMEOUT_MS = 600_000;
const TEXTS_MAX = 2_048;

/** Statements for PostgreSQL through a client of the caller's, which is never disconnected. */
export class PrismaLink implements PostgresLink {
  readonly place = "the PostgreSQL database of the given PrismaClient";
  readonly #prisma: PrismaClientLike;
  readonly #timeoutMs: number;
  readonly #texts = new Map<string, string>();

  constructor(prisma: PrismaClientLike, statementTimeoutMs: number) {
    this.#prisma = prisma;
    this.#timeoutMs = statementTimeoutMs;
  }

  execute(statement: Statement): Promise<readonly SqlRow[]> {
    return this.#thrown(() => this.#execute(this.#prisma, statement));
  }

  read(text: string): Promise<readonly SqlRow[]> {
    return this.#thrown(() => runTexts(this.#prisma, text));
  }

  async transaction<T>(work: (run: Execute) => Promise<T | undefined>): Promise<T | undefined> {
    return this.#within(2 * this.#timeoutMs, (client) =>
      work((statement) => this.#thrown(() => this.#execute(client, statement))),
    );
  }

  async migrate(work: (run: Run) => Promise<void>): Promise<void> {
    await this.#within(MIGRATION_TIMEOUT_MS, async (client) => {
      await work((text) => this.#thrown(() => runTexts(client, text)));
      return true;
    });
  }

  bind(transaction: unknown): BoundLink {
    const client = transactionOf(transaction);
    const inPart: BoundLink["apart"] = (work) =>
      this.#thrown(() =>
        apart(client, (part) =>
          work((statement) => this.#thrown(() => this.#execute(part, statement))),
        ),
      );
    const alone: Execute = async (statement) => (await inPart((run) => run(statement))) ?? [];
    const once: Execute = (statement) =>
      undoneAlone(statement, (text, values) =>
        this.#thrown(() => inTransaction(() => this.#run(client, text, values))),
      );
    return { read: alone, once, apart: inPart };
  }

  async end(): Promise<void> {}

  /** Prisma rolls back what throws: so does work that answers undefined. */
  async #within<T>(
    timeout: number,
    work: (client: PrismaStatements) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const options: PrismaTransactionOptions = {
      maxWait: timeout,
      timeout,
      isolationLevel: "ReadCommitted",
    };
    return this.#thrown(() =>
      this.#prisma
        .$transaction(async (client) => {
          const value = await work(client);
          if (value === undefined) throw NOTHING;
          return value;
        }, options)
        .catch((error: unknown) => {
          if (error === NOTHING) return undefined;
          throw error;
        }),
    );
  }

  #execute(client: PrismaStatements, { text, params }: Statement): Promise<readonly SqlRow[]> {
    return this.#run(client, this.#numbered(text), params);
  }

  async #run(
    client: PrismaStatements,
    text: string,
    values: readonly SqlValue[],
  ): Promise<readonly SqlRow[]> {
    const answer = client.$queryRawUnsafe(text, ...values);
    return valuesOf(await inTime(answer, this.#timeoutMs));
  }

  #numbered(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= TEXTS_MAX) this.#texts.clear();
    const numbered = numberPlaceholders(text);
    this.#texts.set(text, numbered);
    return numbered;
  }

  async #thrown<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw unwrapped(error, this.place);
    }
  }
}

const NOTHING = new Error("the transaction came to nothing");

/** Only one statement may go at once; what answers rows must be asked for them. */
async function runTexts(client: PrismaStatements, script: string): Promise<readonly SqlRow[]> {
  let rows: readonly SqlRow[] = [];
  for (const text of statementsOf(script)) {
    if (/^SELECT\b/.test(text)) rows = valuesOf(await client.$queryRawUnsafe(text));
    else await client.$executeRawUnsafe(text);
  }
  return rows;
}

/** Prisma can't cancel a statement: nobody waits for it any longer. */
function inTime<T>(answer: PromiseLike<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StatementTimeout(timeoutMs)), timeoutMs);
    Promise.resolve(answer)
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}
