import { join } from "node:path";
import Database from "better-sqlite3";

/** A process of this machine that owns a stage. */
export interface Owned {
  /** `run/stage/map/generation` */
  readonly stage: string;
  readonly fence: number;
}

export const ownedText = ({ stage, fence }: Owned): string => `${stage} ${fence}`;

/** The database of a fleet, read beside the engine. */
export class WatchedDatabase {
  readonly path: string;
  readonly #database: Database.Database;

  constructor(directory: string) {
    this.path = join(directory, "pawl.db");
    this.#database = new Database(this.path, { readonly: true, timeout: 10_000 });
  }

  /** Runs that neither ended nor wait for an operator. */
  openRuns(): number {
    return this.#number(
      `SELECT count(*) FROM runs WHERE status NOT IN ('completed', 'failed', 'cancelled')
       AND NOT EXISTS (SELECT 1 FROM stages WHERE run_id = runs.id AND held = 1)`,
    );
  }

  isEnded(runId: string): boolean {
    return (
      this.#number("SELECT count(*) FROM runs WHERE id = ? AND ended_at IS NOT NULL", runId) > 0
    );
  }

  /** Why a stage of the run is held. */
  holdOf(runId: string): string | undefined {
    const [row] = this.#rows<{ reason: string }>(
      "SELECT hold_reason AS reason FROM stages WHERE run_id = ? AND held = 1",
      runId,
    );
    return row?.reason;
  }

  /** Stages that the sessions of a process own. */
  ownedBy(pid: number): readonly Owned[] {
    return this.#rows<Owned>(
      `SELECT run_id || '/' || stage_id || '/' || map_index || '/' || generation AS stage, fence
       FROM stages JOIN workers ON workers.id = stages.session
       WHERE stages.status = 'running' AND workers.pid = ?`,
      pid,
    );
  }

  /** Sessions of a process that are alive, or those that were declared gone. */
  sessionsOf(pid: number, status: "active" | "gone"): readonly string[] {
    return this.#rows<{ id: string }>(
      "SELECT id FROM workers WHERE pid = ? AND status = ?",
      pid,
      status,
    ).map(({ id }) => id);
  }

  /** Losses without a record since the one before, as `stage fence`: their stages were suspect. */
  lossesOfSuspects(): ReadonlySet<string> {
    const rows = this.#rows<Owned>(
      `SELECT run_id || '/' || stage_id || '/' || map_index || '/' || generation AS stage, fence
       FROM attempts WHERE outcome = 'lost' AND failure LIKE '%without a new record%'`,
    );
    return new Set(rows.map(ownedText));
  }

  /** How many losses of each run's stages were counted against them. */
  countedLosses(): readonly { readonly runId: string; readonly losses: number }[] {
    return this.#rows(
      `SELECT run_id AS runId, sum(counted) AS losses FROM attempts
       WHERE outcome = 'lost' GROUP BY run_id`,
    );
  }

  integrity(): string {
    return String(this.#database.pragma("integrity_check", { simple: true }));
  }

  /** Holds the write lock of the file as a foreign process would, until called. */
  lock(): () => void {
    const foreign = new Database(this.path, { timeout: 10_000 });
    foreign.exec("BEGIN IMMEDIATE");
    return () => {
      foreign.exec("ROLLBACK");
      foreign.close();
    };
  }

  close(): void {
    this.#database.close();
  }

  #number(sql: string, ...given: readonly unknown[]): number {
    return Number(
      this.#database
        .prepare(sql)
        .pluck()
        .get(...given),
    );
  }

  #rows<R>(sql: string, ...given: readonly unknown[]): readonly R[] {
    return this.#database.prepare(sql).all(...given) as R[];
  }
}
