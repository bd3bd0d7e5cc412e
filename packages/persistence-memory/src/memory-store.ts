import { type Row, TABLE_NAMES, type TableName } from "@pawl/kernel/ports";
import type { Hearing } from "./bell.ts";
import { byText } from "./claimable.ts";
import { allRows, copyOf, keyText, newTables, type Tables } from "./tables.ts";

/** What several handles share. Opaque: pass it to `createMemoryPersistence`. */
export interface MemoryStore {
  readonly tables: Tables;
  readonly hearing: Hearing;
}

export const createMemoryStore = (): MemoryStore => ({
  tables: newTables(),
  hearing: new Set(),
});

/** Copies of all rows, each table in order of the text of its key. */
export type Dump = { readonly [T in TableName]: readonly Row<T>[] };

export const dumpTables = (tables: Tables): Dump =>
  Object.fromEntries(
    TABLE_NAMES.map((table) => [
      table,
      allRows(tables, table)
        .toSorted((a, b) => byText(keyText(table, a), keyText(table, b)))
        .map(copyOf),
    ]),
  ) as unknown as Dump;
