import { TABLE_NAMES } from "@pawl/kernel/ports";
import { DEFINITION } from "@pawl/test-parts/plans";
import { openMysql } from "../../src/mysql/open.ts";
import type { MysqlStore } from "../../src/mysql/store.ts";
import { snake } from "../../src/statements/schema.ts";
import type { Statement } from "../../src/statements/statement.ts";
import { MysqlDatabase } from "./mysql-store.ts";

/** One line of what EXPLAIN answers. */
export interface PlanStep {
  readonly table: string | null;
  readonly type: string | null;
  readonly key: string | null;
  readonly extra: string;
}

/** A database of 10,000 runs, whose statements can be explained. */
export class ExplainedStore {
  readonly store: MysqlStore;
  readonly #database: MysqlDatabase;

  private constructor(store: MysqlStore, database: MysqlDatabase) {
    this.store = store;
    this.#database = database;
  }

  static async on(server: { readonly url: string }): Promise<ExplainedStore> {
    const database = await MysqlDatabase.on(server);
    const store = await openMysql({ url: database.url });
    await fill(database);
    return new ExplainedStore(store, database);
  }

  async explain({ text, params }: Statement): Promise<readonly PlanStep[]> {
    const rows = await this.#database.run(`EXPLAIN ${text}`, params);
    return rows.map((row) => ({
      table: row[2] as string | null,
      type: row[3] as string | null,
      key: row[5] as string | null,
      extra: String(row.at(-1) ?? ""),
    }));
  }

  /** Steps of a statement that read a whole table or index. */
  async scansOf(statement: Statement): Promise<readonly PlanStep[]> {
    return scans(await this.explain(statement));
  }

  /** Rows that a statement answers, and how many rows the server read for them. */
  async run({ text, params }: Statement): Promise<{ rows: unknown[][]; read: number }> {
    const before = await rowsRead(this.#database);
    const rows = await this.#database.run(text, params);
    return { rows, read: (await rowsRead(this.#database)) - before };
  }

  /** Moves the stages of runs to queues. */
  async queueOf(queues: Readonly<Record<string, string>>): Promise<void> {
    for (const [runId, queue] of Object.entries(queues)) {
      await this.#database.run("UPDATE stages SET queue = ? WHERE run_id = ?", [queue, runId]);
    }
  }

  async drop(): Promise<void> {
    await this.store.connections.close();
    await this.#database.drop();
  }
}

/** Lists given as parameters are read whole. */
const scans = (plan: readonly PlanStep[]): readonly PlanStep[] =>
  plan.filter(
    ({ table, type, extra }) =>
      (type === "ALL" || type === "index") &&
      !/^<|^(k|v|q|d|x|p|used|u|NULL)$/.test(table ?? "NULL") &&
      !extra.includes("json_table"),
  );

/** Steps that sort. */
export const sortsOf = (plan: readonly PlanStep[]): readonly PlanStep[] =>
  plan.filter(({ extra }) => /filesort|temporary/.test(extra));

async function rowsRead(database: MysqlDatabase): Promise<number> {
  const rows = await database.run("SHOW SESSION STATUS LIKE 'Handler_read%'");
  return rows.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** 10,000 runs with a ready stage each of foreign definitions, and 100 of our own. */
async function fill(database: MysqlDatabase): Promise<void> {
  const definition = `IF(seq > 9900, '${DEFINITION}', CONCAT('foreign ', seq % 7))`;
  await database.run(
    "INSERT INTO runs (id, namespace, workflow_id, workflow_version, definition, options_hash," +
      " status, rev, inbox, sinks_pending, reopen_count, seed, priority, queue, input, labels," +
      " depth, created_at) SELECT CONCAT('run ', seq), 'default', 'w', '1'," +
      ` ${definition}, '', IF(seq % 2, 'running', 'completed'), 0, 0, 0, 0, '', 0, 'default',` +
      " 'i1', '{}', 0, seq FROM seq_1_to_10000",
  );
  await database.run(
    "INSERT INTO stages (run_id, stage_id, map_index, generation, namespace, definition, kind," +
      " status, held, suspect, superseded, fence, attempt, attempts_forgiven, losses," +
      " losses_counted, loss_seq, queue, priority, claim_rank, available_at, join_pending," +
      " `reads`, nondurable, created_at) SELECT CONCAT('run ', seq), 'fetch', 0, 0, 'default'," +
      ` ${definition}, 'normal', 'ready', 0, 0, 0, 0, 1, 0, 0, 0, 0, 'default', 0, seq, 0, 0,` +
      " '[]', 0, seq FROM seq_1_to_10000",
  );
  await database.run(
    "INSERT INTO waits (run_id, stage_id, map_index, generation, `key`, occurrence, kind, name," +
      " opened_at) SELECT CONCAT('run ', seq), 'fetch', 0, 0, 'nap', 0, 'timer', '', 0" +
      " FROM seq_1_to_10000",
  );
  await database.run(
    "INSERT INTO attempts SELECT CONCAT('run ', seq), 'fetch', 0, 0, 'a', 0, 1, 1, 1, 'failed'," +
      " NULL, NULL, NULL, 1, 0, 0, 'c' FROM seq_1_to_10000",
  );
  for (const table of TABLE_NAMES) await database.run(`ANALYZE TABLE \`${snake(table)}\``);
}
