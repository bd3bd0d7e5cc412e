import Database from "better-sqlite3";

/** Answers one number from a database, over a connection of its own that cannot write. */
export interface Counter {
  count(): number;
  close(): void;
}

export function openCounter(path: string, sql: string): Counter {
  const database = new Database(path, { readonly: true });
  const statement = database.prepare(sql).pluck();
  return { count: () => Number(statement.get()), close: () => void database.close() };
}
