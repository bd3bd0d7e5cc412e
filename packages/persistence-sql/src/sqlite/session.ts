import type { SqlRow, Statement } from "../statements/statement.ts";
import type { PreparedStatement, SqliteDatabase } from "./driver.ts";

const PREPARED_MAX = 512;

/** Prepared statements of one connection by their text. */
export class Preparations {
  readonly #database: SqliteDatabase;
  readonly #known = new Map<string, PreparedStatement>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  get(text: string): PreparedStatement {
    const known = this.#known.get(text);
    if (known) return known;
    if (this.#known.size >= PREPARED_MAX) this.#known.clear();
    const prepared = this.#database.prepare<unknown[]>(text);
    if (prepared.reader) prepared.raw();
    this.#known.set(text, prepared);
    return prepared;
  }
}

/** What work in a write transaction comes to. */
export interface Outcome<T> {
  readonly value: T;
  /** False: nothing was written that should stay. */
  readonly commit: boolean;
}

/** One call's use of the connection: statements run at once, in this very tick, and are counted. */
export class Session {
  /** All but BEGIN, SAVEPOINT, COMMIT and their like. */
  statements = 0;
  /** Transactions that wrote. */
  commits = 0;
  readonly #database: SqliteDatabase;
  readonly #prepared: Preparations;

  constructor(database: SqliteDatabase, prepared: Preparations) {
    this.#database = database;
    this.#prepared = prepared;
  }

  /** Runs one statement; outside of `reading` and `writing` it is its own transaction. */
  all(statement: Statement): readonly SqlRow[] {
    this.statements += 1;
    const prepared = this.#prepared.get(statement.text);
    const alone = !this.#database.inTransaction;
    // `all` and not `get`: only running to the end reports a commit that failed.
    const rows = prepared.reader ? (prepared.all(statement.params) as SqlRow[]) : [];
    const changed = prepared.reader ? rows.length : prepared.run(statement.params).changes;
    if (alone && !prepared.readonly && changed > 0) this.commits += 1;
    return rows;
  }

  allOf(statements: readonly Statement[]): readonly (readonly SqlRow[])[] {
    return statements.map((statement) => this.all(statement));
  }

  /** Reads one state of the database, however many statements the work takes. */
  reading<T>(work: () => T): T {
    return this.#transaction("BEGIN", () => ({ value: work(), commit: true }));
  }

  /** Writes in one transaction that begins with the lock; a throw leaves nothing behind. */
  writing<T>(work: () => Outcome<T>): T {
    return this.#transaction("BEGIN IMMEDIATE", () => {
      const outcome = work();
      if (outcome.commit) this.commits += 1;
      return outcome;
    });
  }

  /** A part of a transaction that a throw undoes alone. */
  part<T>(work: () => T): T {
    this.#control("SAVEPOINT part");
    try {
      const value = work();
      this.#control("RELEASE part");
      return value;
    } catch (error) {
      if (this.#database.inTransaction) {
        this.#control("ROLLBACK TO part");
        this.#control("RELEASE part");
      }
      throw error;
    }
  }

  #transaction<T>(begin: string, work: () => Outcome<T>): T {
    this.#control(begin);
    try {
      const { value, commit } = work();
      this.#control(commit ? "COMMIT" : "ROLLBACK");
      return value;
    } catch (error) {
      if (this.#database.inTransaction) this.#control("ROLLBACK");
      throw error;
    }
  }

  #control(text: string): void {
    this.#prepared.get(text).run();
  }
}
