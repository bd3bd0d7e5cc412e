import type { SqlRow, SqlValue, Statement } from "../statements/statement.ts";
import { ANSWERS, type MysqlConnection } from "./driver.ts";
import { isDisconnected } from "./errors.ts";
import type { MysqlServer } from "./server.ts";
import type { Outcome, Session } from "./session.ts";

const INT_MAX = 2 ** 31 - 1;

/**
 * One call's use of a connection. Statements are sent at once, in the order of the calls, and
 * answered in that order: those whose answers are awaited together cost one round trip. Their
 * order is kept once the server knows their texts, so only independent ones may go together.
 */
export class DriverSession implements Session {
  statements = 0;
  commits = 0;
  inDoubt = false;
  /** The connection is of no more use. */
  #broken = false;
  /** What runs here may take its time. */
  #unhurried = false;
  readonly #connection: MysqlConnection;
  protected readonly underWay: Set<Promise<unknown>> = new Set();

  constructor(connection: MysqlConnection) {
    this.#connection = connection;
  }

  /** Rows that a statement answers. */
  async all({ text, params }: Statement): Promise<readonly SqlRow[]> {
    this.statements += 1;
    const values = params.map(bound);
    const rows: unknown = await this.#watched(
      this.#connection.execute({ sql: text, ...ANSWERS }, values),
    );
    return Array.isArray(rows) ? (rows as SqlRow[]) : [];
  }

  /** Independent statements, sent together. */
  allOf(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]> {
    return Promise.all(statements.map((statement) => this.all(statement)));
  }

  /** How many rows a statement changed, or found as it wants them. */
  async change({ text, params }: Statement): Promise<number> {
    this.statements += 1;
    const values = params.map(bound);
    const done: { affectedRows: number } = await this.#watched(
      this.#connection.execute({ sql: text, ...ANSWERS }, values),
    );
    return done.affectedRows;
  }

  /** One statement for many rows of values. */
  async batch(text: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    if (rows.length === 1) {
      await this.change({ text, params: first });
      return;
    }
    this.statements += 1;
    const values = rows.map((row) => row.map(bound));
    await this.#watched(this.#connection.batch({ sql: text, ...ANSWERS }, values));
  }

  /** Sends a statement that is its own commit. */
  async autocommit<T>(work: () => Promise<T>): Promise<T> {
    this.inDoubt = true;
    try {
      const value = await work();
      this.inDoubt = false;
      return value;
    } catch (error) {
      if (!isDisconnected(error)) this.inDoubt = false;
      throw error;
    }
  }

  /** Reads one state of the database with independent statements, in one round trip. */
  async reading(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]> {
    if (statements.length === 1) return this.allOf(statements);
    const begun = [
      this.control("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"),
      this.control("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"),
    ];
    try {
      const [rows] = await Promise.all([this.allOf(statements), ...begun]);
      return rows;
    } finally {
      this.control("COMMIT").catch(() => undefined);
    }
  }

  /**
   * Writes in one transaction; `first` goes out with its beginning. A throw leaves nothing: what
   * is under way is waited for, since it may be sent in several parts, the last after the end.
   */
  async writing<F, T>(
    first: () => Promise<F>,
    work: (first: F) => Promise<Outcome<T>>,
  ): Promise<T> {
    try {
      const [, answered] = await Promise.all([this.control("START TRANSACTION"), first()]);
      const { value, commit } = await work(answered);
      if (commit) await this.autocommit(() => this.control("COMMIT"));
      else await this.control("ROLLBACK");
      if (commit) this.commits += 1;
      return value;
    } catch (error) {
      await Promise.allSettled(this.underWay);
      if (!this.#broken) await this.control("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  /** The connection goes when the work is done, and all that it locked. */
  async alone<T>({ unbounded }: MysqlServer, work: () => Promise<T>): Promise<T> {
    this.#unhurried = true;
    try {
      await this.control(unbounded);
      return await work();
    } finally {
      this.#broken = true;
    }
  }

  /** Runs a text that is no prepared statement: of transactions, and of migrations. */
  async run(text: string): Promise<void> {
    this.statements += 1;
    await this.control(text);
  }

  abandon(): void {
    if (this.#unhurried) return;
    this.#broken = true;
    this.#connection.destroy();
  }

  async end(): Promise<void> {
    if (this.#broken) this.#connection.destroy();
    else await this.#connection.release();
  }

  /** Begins or ends a transaction or a part of one. */
  protected async control(text: string): Promise<void> {
    await this.#watched(this.#connection.query({ sql: text, ...ANSWERS }));
  }

  async #watched<T>(answer: Promise<T>): Promise<T> {
    this.underWay.add(answer);
    try {
      return await answer;
    } catch (error) {
      if (isDisconnected(error)) this.#broken = true;
      throw error;
    } finally {
      this.underWay.delete(answer);
    }
  }
}

/** The driver sends numbers beyond 32 bits as floating point, but for those of type bigint. */
const bound = (value: SqlValue): SqlValue | bigint =>
  typeof value === "number" && Number.isInteger(value) && Math.abs(value) > INT_MAX
    ? BigInt(value)
    : value;
