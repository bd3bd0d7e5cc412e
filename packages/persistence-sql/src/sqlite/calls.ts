import type { SqlRow, Statement } from "../statements/statement.ts";
import type { Work } from "./work.ts";

type Execute = (statement: Statement) => Promise<readonly SqlRow[]>;

/** How the work of calls reaches a database file; what is thrown is an EngineError. */
export interface SqliteCalls {
  /** Names the file in errors. */
  readonly path: string;
  read<T>(method: string, work: () => Work<T>): Promise<T>;
  /** Work that found the file locked is done again from its beginning. */
  write<T>(method: string, work: () => Work<T>): Promise<T>;
  /** Statements of one transaction that begins with the lock; a throw leaves nothing of them. */
  migrate(work: (run: Execute) => Promise<void>): Promise<void>;
  /**
   * Takes part in a transaction of the caller's.
   *
   * @throws EngineError E_ARGUMENT_INVALID for what is no such transaction
   */
  bind(transaction: unknown): Pick<SqliteCalls, "read">;
  close(): Promise<void>;
}
