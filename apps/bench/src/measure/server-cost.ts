import type { Place } from "../engines/engine.ts";
import { isMariadb, observe } from "../observer/observe.ts";
import { OBSERVER, type Observer } from "../observer/observer.ts";

export interface ServerRead {
  /** Of all but the observer on this database, without BEGIN, COMMIT and the like. */
  readonly statements: number;
  /** Written into the log of changes, by whomever. */
  readonly bytes: number;
}

interface Questions {
  /** Where they are asked. */
  readonly database: string;
  readonly begin: readonly string[];
  /** Of a database. */
  readonly statements: (name: string) => string;
  readonly bytes: string;
}

/** A checkpoint makes all start with pages that have to be logged whole. */
const POSTGRES: Questions = {
  database: "postgres",
  begin: ["CHECKPOINT"],
  statements: (name) => `SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s
    JOIN pg_roles r ON r.oid = s.userid JOIN pg_database d ON d.oid = s.dbid
    WHERE r.rolname <> '${OBSERVER}' AND d.datname = '${name}'
    AND query !~* '^\\s*(begin|commit|end|rollback|savepoint|release|start transaction)'`,
  bytes: "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn",
};

/**
 * Of the server, whichever the database. What it counts as another command is BEGIN, COMMIT and the
 * like, SET, and to prepare.
 */
const MARIADB: Questions = {
  database: "mysql",
  begin: [],
  statements: () => `SELECT coalesce(sum(select_commands + update_commands), 0)
    FROM information_schema.user_statistics WHERE user <> '${OBSERVER}'`,
  bytes: `SELECT variable_value FROM information_schema.global_status
    WHERE variable_name = 'INNODB_LSN_CURRENT'`,
};

/** Counts what a server is asked from now on. */
export class ServerCost {
  readonly #observer: Observer;
  readonly #statements: string;
  readonly #bytes: string;

  private constructor(observer: Observer, statements: string, bytes: string) {
    this.#observer = observer;
    this.#statements = statements;
    this.#bytes = bytes;
  }

  static async begin(place: Place): Promise<ServerCost> {
    const questions = isMariadb(place) ? MARIADB : POSTGRES;
    const observer = await observe(place, questions.database);
    for (const sql of questions.begin) await observer.list(sql);
    const name = new URL(place.url).pathname.slice(1);
    return new ServerCost(observer, questions.statements(name), questions.bytes);
  }

  async read(): Promise<ServerRead> {
    const statements = await this.#observer.count(this.#statements);
    const bytes = await this.#observer.count(this.#bytes);
    return { statements, bytes };
  }

  close(): Promise<void> {
    return this.#observer.close();
  }
}
