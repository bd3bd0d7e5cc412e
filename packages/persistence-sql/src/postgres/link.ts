import type { SqlRow, Statement } from "../statements/statement.ts";

export type Execute = (statement: Statement) => Promise<readonly SqlRow[]>;

/** Executes a text that no value was put into. */
export type Run = (text: string) => Promise<readonly SqlRow[]>;

/**
 * How statements reach a server. What is thrown is the server's error, with `code` (SQLSTATE) and
 * `severity`; an EngineError for what was never sent; anything else means a lost connection.
 */
export interface PostgresLink {
  /** Host, port and database as errors name them: never a password. */
  readonly place: string;
  /** One statement, by itself a transaction. */
  readonly execute: Execute;
  /** One text, by itself a transaction. */
  readonly read: Run;
  /** Several statements in one transaction; undefined and a throw undo them. */
  transaction<T>(work: (run: Execute) => Promise<T | undefined>): Promise<T | undefined>;
  /** Several texts, which may take their time, in one transaction; a throw undoes them. */
  migrate(work: (run: Run) => Promise<void>): Promise<void>;
  /**
   * Takes part in a transaction of the caller's.
   *
   * @throws EngineError E_ARGUMENT_INVALID for what is no such transaction
   */
  bind(transaction: unknown): BoundLink;
  /** Lets the connections go that are its own. */
  end(): Promise<void>;
}

/** How statements reach a transaction of the caller's. */
export interface BoundLink {
  /** One statement that writes nothing. */
  readonly read: Execute;
  /**
   * One statement that answers a row, of which everything or nothing is kept: a throw leaves the
   * transaction as it was, and what the caller writes meanwhile. It says the type of each value.
   */
  readonly once: Execute;
  /**
   * Keeps all that the work does or, when it answers undefined or throws, nothing of it, nor of
   * what the caller writes before it has come to an end.
   */
  apart<T>(work: (run: Execute) => Promise<T | undefined>): Promise<T | undefined>;
}
