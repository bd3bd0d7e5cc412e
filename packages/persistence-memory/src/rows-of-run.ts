import type { Row, TableName } from "@pawl/kernel/ports";
import type { MemoryStore } from "./memory-store.ts";
import { allRows, getRow, groupRows } from "./tables.ts";

const READ = ["stages", "events", "steps", "waits", "attempts", "dispatch"] as const;

/** What checks look at after every commit. */
export type RowsOfRun = { readonly [T in (typeof READ)[number]]: readonly Row<T>[] } & {
  readonly runs: readonly Row<"runs">[];
  readonly definitions: readonly Row<"definitions">[];
};

/** Rows of one run as they are stored, frozen and not copied, with all definitions. */
export function rowsOfRun({ tables }: MemoryStore, runId: string): RowsOfRun {
  const run = getRow(tables, "runs", { id: runId });
  const rows = <T extends TableName>(table: T): readonly Row<T>[] =>
    groupRows(tables, table, { runId } as object);
  return {
    runs: run ? [run] : [],
    stages: rows("stages"),
    events: rows("events"),
    steps: rows("steps"),
    waits: rows("waits"),
    attempts: rows("attempts"),
    dispatch: rows("dispatch"),
    definitions: allRows(tables, "definitions"),
  };
}
