import { EngineError } from "@pawl/kernel";
import type { SqliteCalls } from "./calls.ts";
import type { SqliteDatabase } from "./driver.ts";
import { translate } from "./errors.ts";
import { isSameFile } from "./file-identity.ts";
import { Preparations, Session } from "./session.ts";

const preparations = new WeakMap<SqliteDatabase, Preparations>();

/**
 * Work by way of a better-sqlite3 database of the caller's, open on the same file, that is in a
 * transaction. Its lock is the caller's: nobody else writes to the file until it ends.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function boundCalls(transaction: unknown, path: string): Pick<SqliteCalls, "read"> {
  const database = databaseOf(transaction, path);
  return {
    read: async (_method, work) => {
      if (!database.inTransaction) {
        throw unusable("is in no transaction: BEGIN IMMEDIATE one first");
      }
      try {
        return new Session(database, preparationsOf(database)).run(work());
      } catch (error) {
        throw translate(error, path);
      }
    },
  };
}

function preparationsOf(database: SqliteDatabase): Preparations {
  const known = preparations.get(database) ?? new Preparations(database);
  preparations.set(database, known);
  return known;
}

function databaseOf(transaction: unknown, path: string): SqliteDatabase {
  const database = transaction as SqliteDatabase | null;
  if (typeof database?.prepare !== "function" || typeof database.inTransaction !== "boolean") {
    throw unusable("is none: give one of better-sqlite3 that is in a transaction");
  }
  if (!isSameFile(database.name, path)) {
    throw unusable(`is open on ${database.name}, the engine's tables are in ${path}`);
  }
  return database;
}

const unusable = (why: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `the database given to bind ${why}`);
