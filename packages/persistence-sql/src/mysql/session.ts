import type { SqlRow, SqlValue, Statement } from "../statements/statement.ts";
import type { MysqlServer } from "./server.ts";

/** What work in a write transaction comes to. */
export interface Outcome<T> {
  readonly value: T;
  /** False: nothing was written that should stay. */
  readonly commit: boolean;
}

/**
 * One call's use of a connection. Independent statements may be asked for together: they are
 * answered, and begun where there is a choice, in the order of the calls.
 *
 * What is thrown is the driver's error, with `errno`, or `code` of the system.
 */
export interface Session {
  /** All but START TRANSACTION, COMMIT and their like. */
  readonly statements: number;
  /** Transactions that wrote. */
  commits: number;
  /** A commit was sent and its answer never came: it may have been done. */
  readonly inDoubt: boolean;
  /** Rows that a statement answers. */
  all(statement: Statement): Promise<readonly SqlRow[]>;
  /** Independent statements, sent together. */
  allOf(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]>;
  /** How many rows a statement changed, or found as it wants them. */
  change(statement: Statement): Promise<number>;
  /** One text for many rows of values. */
  batch(text: string, rows: readonly (readonly SqlValue[])[]): Promise<void>;
  /** Sends a statement that is its own commit. */
  autocommit<T>(work: () => Promise<T>): Promise<T>;
  /** Reads one state of the database with independent statements. */
  reading(statements: readonly Statement[]): Promise<readonly (readonly SqlRow[])[]>;
  /** Writes in one transaction, which `first` opens. A throw leaves nothing. */
  writing<F, T>(first: () => Promise<F>, work: (first: F) => Promise<Outcome<T>>): Promise<T>;
  /** Works on one connection, which may take its time and serves nobody else meanwhile. */
  alone<T>(server: MysqlServer, work: () => Promise<T>): Promise<T>;
  /** Runs a text that is no prepared statement: of migrations. */
  run(text: string): Promise<void>;
  /** Waits for no answer any longer, unless it works alone. */
  abandon(): void;
  /** Gives back what it has of connections. */
  end(): Promise<void>;
}

/** Where the sessions of calls come from. */
export interface MysqlSessions {
  /** Says which database is meant, in errors; never a password. */
  readonly place: string;
  begin(): Promise<Session>;
  /**
   * Begins sessions inside a transaction of the caller's, which decides when anything is
   * committed: their writes end with a part of it.
   *
   * @throws EngineError E_ARGUMENT_INVALID for what is no such transaction
   */
  bind(transaction: unknown): () => Promise<Session>;
  /** Lets the connections go that are its own. */
  end(): Promise<void>;
}
