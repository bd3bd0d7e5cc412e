import type { Place } from "../engines/engine.ts";
import { isMariadb, observe } from "../observer/observe.ts";

export interface Crowd {
  readonly size: number;
  /** The copies belong to workflows that no worker here knows. */
  readonly foreign: boolean;
}

interface Words {
  /** Gives `n` from 1 on. */
  readonly numbers: (size: number) => string;
  /** `n`, and its remainder, as text. */
  readonly text: string;
  readonly schema: string;
  /** Makes the planner know what there is now, as the server would in a while. */
  readonly settle: (tables: readonly string[]) => readonly string[];
}

/** Events are left out: nothing of what is measured looks at those of another run. */
const TABLES = ["runs", "stages", "steps"] as const;

const POSTGRES: Words = {
  numbers: (size) => `generate_series(1, ${size}) AS s(n)`,
  text: "n::text",
  schema: "current_schema()",
  settle: (tables) => [...tables.map((table) => `VACUUM (ANALYZE) ${table}`), "CHECKPOINT"],
};

const MARIADB: Words = {
  numbers: (size) => `(SELECT seq AS n FROM seq_1_to_${size}) AS s`,
  text: "CAST(n AS CHAR)",
  schema: "DATABASE()",
  settle: (tables) => tables.map((table) => `ANALYZE TABLE ${table}`),
};

/**
 * Copies the one run that a database of Pawl's holds as often as told, under ids that are older
 * than any to come. It knows of columns only which of them name a run and its workflow.
 */
export async function crowd(place: Place, wanted: Crowd): Promise<void> {
  const words = isMariadb(place) ? MARIADB : POSTGRES;
  await Promise.all(
    TABLES.map(async (table) => {
      const observer = await observe(place);
      const columns = await observer.list(
        `SELECT column_name FROM information_schema.columns WHERE table_name = '${table}'` +
          ` AND table_schema = ${words.schema} AND is_generated = 'NEVER'`,
      );
      // From a table of its own: a statement that reads what it writes would keep all rows twice.
      await observer.list(`CREATE TABLE ${patternOf(table)} AS SELECT * FROM ${table}`);
      await observer.list(copyOf(table, columns, { words, ...wanted }));
      await observer.list(`DROP TABLE ${patternOf(table)}`);
      await observer.close();
    }),
  );
  const observer = await observe(place);
  for (const sql of words.settle(TABLES)) await observer.list(sql);
  await observer.close();
}

function copyOf(
  table: string,
  columns: readonly string[],
  { words, size, foreign }: Crowd & { readonly words: Words },
): string {
  const runId = `concat('01C', lpad(${words.text}, 23, '0'))`;
  const values = columns.map((column) => {
    if (column === (table === "runs" ? "id" : "run_id")) return runId;
    if (foreign && column === "definition") return "'foreign@1#0000000000000000'";
    if (foreign && column === "workflow_id") return "'foreign'";
    return `t.${quoted(column, words)}`;
  });
  const names = columns.map((column) => quoted(column, words)).join(", ");
  const from = `${words.numbers(size)} CROSS JOIN ${patternOf(table)} t`;
  return `INSERT INTO ${table} (${names}) SELECT ${values.join(", ")} FROM ${from}`;
}

const patternOf = (table: string): string => `pattern_of_${table}`;

const quoted = (name: string, words: Words): string =>
  words === MARIADB ? `\`${name}\`` : `"${name}"`;
