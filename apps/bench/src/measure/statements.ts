import { DatabaseSync, StatementSync } from "node:sqlite";
import Database from "better-sqlite3";

/** Statements that ran in this process, in both SQLite drivers. */
export interface StatementCount {
  readonly count: number;
}

type Method = (this: object, ...parameters: unknown[]) => unknown;

/**
 * Counts from now on, for as long as the process lives. Connections that can only read are the
 * benchmark's own and are left out.
 */
export function countStatements(): StatementCount {
  const counted = { count: 0 };
  const memory = new Database(":memory:");
  const statement = memory.prepare("SELECT 1");
  const isOwn = (of: object): boolean => (of as Database.Statement).database.readonly;
  for (const method of ["run", "get", "all", "iterate"] as const) {
    count(Object.getPrototypeOf(statement), method, (of) => !isOwn(of));
    count(StatementSync.prototype, method, () => true);
  }
  count(Object.getPrototypeOf(memory), "exec", () => true);
  count(DatabaseSync.prototype, "exec", () => true);
  memory.close();
  return counted;

  function count(prototype: object, method: string, counts: (of: object) => boolean): void {
    const original = Reflect.get(prototype, method) as Method;
    const counting: Method = function (...parameters) {
      if (counts(this)) counted.count += 1;
      return original.apply(this, parameters);
    };
    Object.defineProperty(prototype, method, { value: counting, configurable: true });
  }
}
