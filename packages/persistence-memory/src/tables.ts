import { EngineError } from "@pawl/kernel";
import { type Key, type Row, TABLE_NAMES, TABLES, type TableName } from "@pawl/kernel/ports";

/**
 * Rows of every table under the text of their primary key, grouped by the key's first column so
 * that what belongs to one run is found without looking at others. Stored rows are frozen to the
 * bottom; `copyOf` makes what leaves the store.
 */
export interface Tables {
  readonly groups: ReadonlyMap<TableName, Groups>;
  /** While a change is being applied: how to take back what it did, last first. */
  journal: (() => void)[] | undefined;
}

type Groups = Map<string, Map<string, object>>;

/** A row seen as its columns, where the table is not known beforehand. */
export type Columns = Readonly<Record<string, unknown>>;
export const columnsOf = (row: object): Columns => row as Columns;

export const newTables = (): Tables => ({
  groups: new Map(TABLE_NAMES.map((table) => [table, new Map()])),
  journal: undefined,
});

export const keyColumns = (table: TableName): readonly string[] => TABLES[table].key;

/** One text for a primary key, different for different keys. */
export const keyText = (table: TableName, row: object): string =>
  JSON.stringify(keyColumns(table).map((column) => columnsOf(row)[column]));

const firstText = (table: TableName, row: object): string =>
  JSON.stringify(columnsOf(row)[keyColumns(table)[0] as string]);

function groupsOf(tables: Tables, table: TableName): Groups {
  const groups = tables.groups.get(table);
  if (groups) return groups;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `There is no table ${JSON.stringify(table)}. Tables are ${TABLE_NAMES.join(", ")}.`,
    { details: { table } },
  );
}

export const getRow = <T extends TableName>(
  tables: Tables,
  table: T,
  key: Key<T>,
): Row<T> | undefined =>
  groupsOf(tables, table).get(firstText(table, key))?.get(keyText(table, key)) as
    | Row<T>
    | undefined;

/** Rows whose first key column is that of `key`. */
export const groupRows = <T extends TableName>(
  tables: Tables,
  table: T,
  key: Partial<Key<T>>,
): readonly Row<T>[] => [
  ...((groupsOf(tables, table).get(firstText(table, key))?.values() ?? []) as Iterable<Row<T>>),
];

export const allRows = <T extends TableName>(tables: Tables, table: T): readonly Row<T>[] =>
  [...groupsOf(tables, table).values()].flatMap((group) => [...group.values()]) as Row<T>[];

/** Stores a row that is already in stored form, in the place of one with the same key. */
export function putRow<T extends TableName>(tables: Tables, table: T, row: Row<T>): void {
  const groups = groupsOf(tables, table);
  const first = firstText(table, row);
  const text = keyText(table, row);
  const group = groups.get(first) ?? new Map<string, object>();
  const before = group.get(text) as Row<T> | undefined;
  groups.set(first, group);
  group.set(text, Object.freeze(row));
  tables.journal?.push(() => {
    if (before) putRow(tables, table, before);
    else deleteRow(tables, table, row);
  });
}

export function deleteRow<T extends TableName>(tables: Tables, table: T, row: Row<T>): void {
  const groups = groupsOf(tables, table);
  const first = firstText(table, row);
  const group = groups.get(first);
  if (!group?.delete(keyText(table, row))) return;
  if (group.size === 0) groups.delete(first);
  tables.journal?.push(() => putRow(tables, table, row));
}

/** Applies a change as a whole: unless it answers true, or if it throws, all of it is undone. */
export function wholly(tables: Tables, change: () => boolean): void {
  const journal: (() => void)[] = [];
  let keep = false;
  tables.journal = journal;
  try {
    keep = change();
  } finally {
    tables.journal = undefined;
    if (!keep) for (const undo of journal.toReversed()) undo();
  }
}

/** A stored row as callers get it: nothing of it is shared with the store. */
export const copyOf = <R extends object>(row: R): R =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      typeof value === "object" && value !== null ? JSON.parse(JSON.stringify(value)) : value,
    ]),
  ) as R;
