import type { Place } from "../engines/engine.ts";
import { OBSERVER, type Observer, observe } from "../engines/postgres/observer.ts";

export interface ServerRead {
  /** Statements of all but the observer, without BEGIN, COMMIT and the like. */
  readonly statements: number;
  /** Written into the write-ahead log, by whomever. */
  readonly bytes: number;
}

const STATEMENTS = `SELECT coalesce(sum(calls), 0)
  FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
  WHERE r.rolname <> '${OBSERVER}'
  AND query !~* '^\\s*(begin|commit|end|rollback|savepoint|release|start transaction)'`;

/** Counts what a server is asked from now on. */
export class ServerCost {
  readonly #observer: Observer;

  private constructor(observer: Observer) {
    this.#observer = observer;
  }

  /** Begins after a checkpoint, so that all start with pages that have to be logged whole. */
  static async begin(place: Place): Promise<ServerCost> {
    const observer = await observe(place, "postgres");
    await observer.count("CHECKPOINT");
    await observer.count("SELECT count(pg_stat_statements_reset())");
    return new ServerCost(observer);
  }

  async read(): Promise<ServerRead> {
    const statements = await this.#observer.count(STATEMENTS);
    const bytes = await this.#observer.count("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn");
    return { statements, bytes };
  }

  close(): Promise<void> {
    return this.#observer.close();
  }
}
