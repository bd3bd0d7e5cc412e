import { DatabaseSync } from "node:sqlite";
import Database from "better-sqlite3";

/** Answers one number from a database, over a connection of its own that cannot write. */
export interface Counter {
  count(): number;
  close(): void;
}

/**
 * The driver that the engine uses: two copies of SQLite in one process do not see each other's
 * locks on a file, and the first to close it drops those of the other.
 * https://www.sqlite.org/howtocorrupt.html (section 2.2.1)
 */
export type Driver = "better-sqlite3" | "node:sqlite";

const own = new WeakSet<object>();

/** Whether a statement is a counter's, and so none of the engine's. */
export const isCounting = (statement: object): boolean => own.has(statement);

export function openCounter(driver: Driver, path: string, sql: string): Counter {
  const { database, statement, count } =
    driver === "node:sqlite" ? node(path, sql) : better(path, sql);
  own.add(statement);
  return { count, close: () => void database.close() };
}

function better(path: string, sql: string) {
  const database = new Database(path, { readonly: true });
  const statement = database.prepare(sql).pluck();
  return { database, statement, count: () => Number(statement.get()) };
}

function node(path: string, sql: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  const statement = database.prepare(sql);
  return { database, statement, count: () => Number(Object.values(statement.get() ?? {})[0]) };
}
