import { type SqlClient, sqlClient } from "@pawl/services";
import Database from "better-sqlite3";
import type { DatabasePlace } from "../../src/locations.ts";
import { lasting } from "./until.ts";

/** A stage as it was owned, or as it is now. */
export interface Owned {
  /** `run/stage/map/generation` */
  readonly stage: string;
  readonly runId: string;
  readonly fence: number;
  readonly status: string;
  readonly held: boolean;
}

export const ownedText = ({ stage, fence }: Pick<Owned, "stage" | "fence">): string =>
  `${stage} ${fence}`;

interface StageColumns {
  readonly run_id: string;
  readonly stage_id: string;
  readonly map_index: number;
  readonly generation: number;
  readonly fence: number;
  readonly status: string;
  readonly held: boolean | number;
}

const COLUMNS = ["run_id", "stage_id", "map_index", "generation", "fence", "status", "held"]
  .map((column) => `stages.${column}`)
  .join(", ");
const PATIENCE_MS = 60_000;
const AGAIN_MS = 50;

/** The database of a fleet, read beside the engine; a server that is away is waited for. */
export class WatchedDatabase {
  readonly place: DatabasePlace;
  readonly #client: SqlClient;

  constructor(place: DatabasePlace) {
    this.place = place;
    this.#client = place.kind === "sqlite" ? sqliteClient(place.path) : sqlClient(place.url);
  }

  /** Runs that neither ended nor wait for an operator. */
  async openRuns(): Promise<number> {
    const [row] = await this.#rows<{ open: number | string }>(
      `SELECT count(*) AS open FROM runs WHERE status NOT IN ('completed', 'failed', 'cancelled')
       AND NOT EXISTS (SELECT 1 FROM stages WHERE run_id = runs.id AND held)`,
    );
    return Number(row?.open);
  }

  async isEnded(runId: string): Promise<boolean> {
    const ended = "SELECT id FROM runs WHERE id = ? AND ended_at IS NOT NULL";
    return (await this.#rows(ended, runId)).length > 0;
  }

  /** Why a stage of the run is held. */
  async holdOf(runId: string): Promise<string | undefined> {
    const [row] = await this.#rows<{ reason: string }>(
      "SELECT hold_reason AS reason FROM stages WHERE run_id = ? AND held",
      runId,
    );
    return row?.reason;
  }

  /** Stages that the sessions of a process own. */
  async ownedBy(pid: number): Promise<readonly Owned[]> {
    const rows = await this.#rows<StageColumns>(
      `SELECT ${COLUMNS} FROM stages JOIN workers ON workers.id = stages.session
       WHERE stages.status = 'running' AND workers.pid = ?`,
      pid,
    );
    return rows.map(ownedOf);
  }

  /** These stages as they are now. */
  async now(stages: readonly Owned[]): Promise<readonly Owned[]> {
    const runs = [...new Set(stages.map(({ runId }) => runId))];
    if (runs.length === 0) return [];
    const marks = runs.map(() => "?").join(", ");
    const rows = await this.#rows<StageColumns>(
      `SELECT ${COLUMNS} FROM stages WHERE run_id IN (${marks})`,
      ...runs,
    );
    const wanted = new Set(stages.map(({ stage }) => stage));
    return rows.map(ownedOf).filter(({ stage }) => wanted.has(stage));
  }

  /** Sessions of a process that are alive, or those that were declared gone. */
  async sessionsOf(pid: number, status: "active" | "gone"): Promise<readonly string[]> {
    const rows = await this.#rows<{ id: string }>(
      "SELECT id FROM workers WHERE pid = ? AND status = ?",
      pid,
      status,
    );
    return rows.map(({ id }) => id);
  }

  /** Losses without a record since the one before, as `stage fence`: their stages were suspect. */
  async lossesOfSuspects(): Promise<ReadonlySet<string>> {
    const rows = await this.#rows<Omit<StageColumns, "status" | "held">>(
      `SELECT run_id, stage_id, map_index, generation, fence
       FROM attempts WHERE outcome = 'lost' AND failure LIKE '%without a new record%'`,
    );
    return new Set(rows.map((row) => ownedText(ownedOf({ ...row, status: "", held: false }))));
  }

  /** How many losses of each run's stages were counted against them. */
  async countedLosses(): Promise<readonly { readonly runId: string; readonly losses: number }[]> {
    const rows = await this.#rows<{ run_id: string; counted: boolean | number }>(
      "SELECT run_id, counted FROM attempts WHERE outcome = 'lost'",
    );
    const losses = new Map<string, number>();
    for (const { run_id, counted } of rows) {
      losses.set(run_id, (losses.get(run_id) ?? 0) + Number(counted));
    }
    return [...losses].map(([runId, count]) => ({ runId, losses: count }));
  }

  /** What a file says of itself; a server has its own checks. */
  async integrity(): Promise<string> {
    if (this.place.kind !== "sqlite") return "ok";
    const [row] = await this.#rows<{ integrity_check: string }>("PRAGMA integrity_check");
    return row?.integrity_check ?? "nothing";
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #rows<R>(sql: string, ...values: readonly unknown[]): Promise<readonly R[]> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.#client.rows<R>(sql, values);
      } catch (error) {
        if (isMistake(error) || performance.now() > giveUpAt) throw error;
      }
      await lasting(AGAIN_MS);
    }
  }
}

/** The statement is wrong, now and later. */
const isMistake = (error: unknown): boolean => {
  const { code, sqlState } = error as { readonly code?: string; readonly sqlState?: string };
  return /^(SQLITE_ERROR|42)/.test(`${sqlState ?? code}`);
};

const ownedOf = (row: StageColumns): Owned => ({
  stage: `${row.run_id}/${row.stage_id}/${row.map_index}/${row.generation}`,
  runId: row.run_id,
  fence: Number(row.fence),
  status: row.status,
  held: Boolean(row.held),
});

function sqliteClient(path: string): SqlClient {
  const database = new Database(path, { readonly: true, timeout: 10_000 });
  return {
    rows: async <R>(sql: string, values: readonly unknown[] = []) =>
      database.prepare(sql).all(...values) as R[],
    close: async () => void database.close(),
  };
}
