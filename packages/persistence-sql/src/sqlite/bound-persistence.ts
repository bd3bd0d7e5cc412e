import { EngineError } from "@pawl/kernel";
import type { BoundPersistence } from "@pawl/kernel/ports";
import { snapshotReads } from "../statements/load.ts";
import { commitPart } from "./commits.ts";
import type { SqliteDatabase } from "./driver.ts";
import { translate } from "./errors.ts";
import { isSameFile } from "./file-identity.ts";
import { sqliteQueries } from "./queries.ts";
import { Preparations, Session } from "./session.ts";
import type { SqliteStore } from "./store.ts";

const preparations = new WeakMap<SqliteDatabase, Preparations>();

/**
 * The port by way of a better-sqlite3 database of the caller's, open on the same file, that is in
 * a transaction. Its lock is the caller's: nobody else writes to the file until it ends.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function boundPersistence(store: SqliteStore, transaction: unknown): BoundPersistence {
  const { connection, schema } = store;
  const database = databaseOf(transaction, connection.path);
  const use = async <T>(_method: string, work: (session: Session) => T): Promise<T> => {
    if (!database.inTransaction) throw unusable("is in no transaction: BEGIN IMMEDIATE one first");
    try {
      return work(new Session(database, preparationsOf(database)));
    } catch (error) {
      throw translate(error, connection.path);
    }
  };
  return {
    query: sqliteQueries({ read: use }, schema),
    load: (runId, need) => {
      const { statements, answer } = snapshotReads(schema, runId, need);
      return use("load", (session) => answer(session.allOf(statements), store.now()));
    },
    commit: (plan) => use("commit", (session) => commitPart(store, session, plan)),
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
