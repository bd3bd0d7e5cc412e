import { DatabaseSync, StatementSync } from "node:sqlite";
import Database from "better-sqlite3";
import { isCounting } from "../engines/counter.ts";

/** Statements that ran in this process, in both SQLite drivers, but BEGIN, COMMIT and the like. */
export interface StatementCount {
  readonly count: number;
}

type Method = (this: object, ...parameters: unknown[]) => unknown;
type TextOf = (of: object, parameters: readonly unknown[]) => string;

const CONTROL = /^\s*(?:BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b/i;

/** Counts from now on, for as long as the process lives, all but what counters of ours ask. */
export function countStatements(): StatementCount {
  const counted = { count: 0 };
  const memory = new Database(":memory:");
  const better = Object.getPrototypeOf(memory.prepare("SELECT 1"));
  for (const method of ["run", "get", "all", "iterate"]) {
    observe(better, method, (of) => (of as Database.Statement).source);
    observe(StatementSync.prototype, method, (of) => (of as StatementSync).sourceSQL);
  }
  observe(Object.getPrototypeOf(memory), "exec", (_, [text]) => String(text));
  observe(DatabaseSync.prototype, "exec", (_, [text]) => String(text));
  memory.close();
  return counted;

  function observe(prototype: object, method: string, textOf: TextOf): void {
    const original = Reflect.get(prototype, method) as Method;
    const observed: Method = function (...parameters) {
      if (!isCounting(this) && !CONTROL.test(textOf(this, parameters))) counted.count += 1;
      return original.apply(this, parameters);
    };
    Object.defineProperty(prototype, method, { value: observed, configurable: true });
  }
}
