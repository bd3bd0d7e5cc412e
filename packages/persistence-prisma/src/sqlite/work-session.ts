import type {
  SqliteAsked,
  SqliteOutcome,
  SqliteWork,
  SqlRow,
  Statement,
} from "@pawl/persistence-sql/adapters";
import type { PrismaStatements } from "../prisma-client.ts";
import { valuesOf } from "../rows.ts";
import { unwrapped } from "./errors.ts";

/** Does work with waiting: its statements inside of a transaction, or each in one of its own. */
export abstract class WorkSession {
  statements = 0;
  commits = 0;

  async run<T>(work: SqliteWork<T>, inside?: PrismaStatements): Promise<T> {
    let step = work.next();
    while (!step.done) {
      let answer: unknown;
      try {
        answer = await this.#answer(step.value, inside);
      } catch (error) {
        step = work.throw(error);
        continue;
      }
      step = work.next(answer);
    }
    return step.value;
  }

  protected abstract reading<T>(work: (inside: PrismaStatements) => Promise<T>): Promise<T>;

  protected abstract writing<T>(
    work: (inside: PrismaStatements) => Promise<SqliteOutcome<T>>,
  ): Promise<T>;

  protected abstract part<T>(
    inside: PrismaStatements | undefined,
    work: (part: PrismaStatements) => Promise<T>,
  ): Promise<T>;

  async #answer(asked: SqliteAsked, inside: PrismaStatements | undefined): Promise<unknown> {
    if ("text" in asked) return this.#alone(asked, inside);
    if (!("scope" in asked)) {
      const rows: (readonly SqlRow[])[] = [];
      for (const statement of asked) rows.push(await this.#alone(statement, inside));
      return rows;
    }
    switch (asked.scope) {
      case "reading":
        return this.reading((client) => this.run(asked.work(), client));
      case "writing":
        return this.writing((client) => this.run(asked.work(), client));
      case "part":
        return this.part(inside, (client) => this.run(asked.work(), client));
    }
  }

  /** Outside of a transaction Prisma would run it in whatever one is open on its connection. */
  #alone(statement: Statement, inside: PrismaStatements | undefined): Promise<readonly SqlRow[]> {
    if (inside) return this.#execute(statement, inside);
    if (isRead(statement)) return this.reading((client) => this.#execute(statement, client));
    return this.writing(async (client) => {
      const { rows, changed } = await this.#change(statement, client);
      return { value: rows, commit: changed > 0 };
    });
  }

  async #execute({ text, params }: Statement, client: PrismaStatements) {
    this.statements += 1;
    return valuesOf(await thrown(() => client.$queryRawUnsafe(text, ...params)));
  }

  async #change(
    statement: Statement,
    client: PrismaStatements,
  ): Promise<{ readonly rows: readonly SqlRow[]; readonly changed: number }> {
    const { text, params } = statement;
    if (/\bRETURNING\b/.test(text)) {
      const rows = await this.#execute(statement, client);
      return { rows, changed: rows.length };
    }
    this.statements += 1;
    const changed = await thrown(() => client.$executeRawUnsafe(text, ...params));
    return { rows: [], changed };
  }
}

const isRead = ({ text }: Statement): boolean => /^(SELECT|WITH)\b/.test(text);

/** Throws the driver's error for what Prisma throws. */
export async function thrown<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unwrapped(error);
  }
}
