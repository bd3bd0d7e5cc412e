import type { EpochMs } from "@pawl/kernel/ports";
import type { Now } from "../dialects/dialect.ts";
import type { Schema } from "../statements/schema.ts";
import type { Read, SqlRow, Statement } from "../statements/statement.ts";

/** Many reads as one statement, which therefore all see one state of the database. */
export function together({ dialect }: Schema, reads: readonly Read[], now: Now): Statement {
  const lists = reads.map(({ text, columns }) => rowsAsJson(text, columns));
  return {
    text: dialect.timed(`SELECT ${named([dialect.now, ...lists])}`),
    params: [...dialect.timedParams(now), ...reads.flatMap(({ params }) => params)],
  };
}

/** Columns of an answer, each under a name of its own: some drivers answer rows by names. */
export const named = (columns: readonly string[]): string =>
  columns.map((column, at) => `${column} AS a${at}`).join(", ");

/** Rows of a sub-select as one JSON array of arrays, null when there are none. */
export const rowsAsJson = (text: string, columns: readonly string[]): string =>
  `(SELECT json_agg(json_build_array(${columns.map((name) => `j.${name}`).join(", ")}))` +
  ` FROM (${text}) j)`;

/** Database time, and the rows of each read, in their order. */
export interface Answers {
  readonly now: EpochMs;
  readonly rows: readonly (readonly SqlRow[])[];
}

export function answersOf(answered: readonly SqlRow[]): Answers {
  const [now, ...lists] = answered[0] ?? [];
  return { now: Number(now), rows: lists.map((list) => (list ?? []) as readonly SqlRow[]) };
}
