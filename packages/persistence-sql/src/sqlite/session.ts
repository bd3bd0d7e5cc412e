import type { SqlRow, Statement } from "../statements/statement.ts";
import type { PreparedStatement, SqliteDatabase } from "./driver.ts";
import type { Asked, Outcome, Work } from "./work.ts";

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

  /** Does all of the work, in this very tick. */
  run<T>(work: Work<T>): T {
    let step = work.next();
    while (!step.done) {
      let answer: unknown;
      try {
        answer = this.#answer(step.value);
      } catch (error) {
        step = work.throw(error);
        continue;
      }
      step = work.next(answer);
    }
    return step.value;
  }

  #answer(asked: Asked): unknown {
    if ("text" in asked) return this.#all(asked);
    if (!("scope" in asked)) return asked.map((statement) => this.#all(statement));
    if (asked.scope === "part") return this.#part(() => this.run(asked.work()));
    if (asked.scope === "reading") {
      return this.#transaction("BEGIN", () => ({ value: this.run(asked.work()), commit: true }));
    }
    return this.#transaction("BEGIN IMMEDIATE", () => {
      const outcome = this.run(asked.work());
      if (outcome.commit) this.commits += 1;
      return outcome;
    });
  }

  #all(statement: Statement): readonly SqlRow[] {
    this.statements += 1;
    const prepared = this.#prepared.get(statement.text);
    const alone = !this.#database.inTransaction;
    // `all` and not `get`: only running to the end reports a commit that failed.
    const rows = prepared.reader ? (prepared.all(statement.params) as SqlRow[]) : [];
    const changed = prepared.reader ? rows.length : prepared.run(statement.params).changes;
    if (alone && !prepared.readonly && changed > 0) this.commits += 1;
    return rows;
  }

  #part<T>(work: () => T): T {
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
