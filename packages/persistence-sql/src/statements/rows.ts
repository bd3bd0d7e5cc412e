import { CorruptRowError } from "@pawl/kernel";
import type { Row, TableName } from "@pawl/kernel/ports";
import type { Column, Schema, Table } from "./schema.ts";
import type { SqlRow } from "./statement.ts";

/** Reads full rows of a table, values in the order of its columns. */
export function rowsOf<T extends TableName>(
  schema: Schema,
  name: T,
  rows: readonly SqlRow[],
  payloads: "full" | "withoutPayloads" = "full",
): Row<T>[] {
  const table = schema.tables[name];
  const columns =
    payloads === "full"
      ? table.columns
      : table.columns.map((column) =>
          column.kind === "payload" ? { ...column, nullable: true } : column,
        );
  return rows.map((row) => decodeRow(table, columns, row) as Row<T>);
}

/** Builds a row from stored values; throws CorruptRowError when one can't be what was written. */
export function decodeRow(table: Table, columns: readonly Column[], values: SqlRow): unknown {
  const row: Record<string, unknown> = {};
  for (let at = 0; at < columns.length; at += 1) {
    const column = columns[at] as Column;
    const value = values[at];
    const decoded = value === null && column.nullable ? null : decode(column.kind, value);
    if (decoded === undefined) throw corrupt(table, column, { columns, row: values });
    row[column.field] = decoded;
  }
  return row;
}

/** Undefined when the value is of no kind that the column could hold. */
function decode(kind: Column["kind"], value: unknown): unknown {
  switch (kind) {
    case "bool":
      return value === 1 || value === true
        ? true
        : value === 0 || value === false
          ? false
          : undefined;
    case "int":
    case "time":
      return typeof value === "number" ? value : undefined;
    case "json":
      return typeof value === "string" ? parsed(value) : undefined;
    default:
      return typeof value === "string" ? value : undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error for a value of a row, which names the row by its key. */
export function corrupt(
  table: Table,
  column: Column,
  { columns, row }: { readonly columns: readonly Column[]; readonly row: SqlRow },
): CorruptRowError {
  const key = Object.fromEntries(
    table.key.flatMap(({ field }) => {
      const at = columns.findIndex((one) => one.field === field);
      return at < 0 ? [] : [[field, row[at]]];
    }),
  );
  return new CorruptRowError(
    `${column.field} of the row ${JSON.stringify(key)} in table ${table.name} is no ` +
      `${column.kind} that the engine wrote: restore the row from a backup, or purge its run`,
    { details: { table: table.name, key, column: column.field } },
  );
}
