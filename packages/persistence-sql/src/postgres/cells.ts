import { EngineError } from "@pawl/kernel";
import { isDbInstant } from "@pawl/kernel/ports";
import type { Column, Table } from "../statements/schema.ts";

/** A row as the statement of a commit reads it from JSON; absent members are null. */
export type Cells = Record<string, unknown>;

/**
 * An instant relative to database time travels as a number that no instant of a row can be:
 * 2^60 and the offset. So the shape of a row does not depend on which of its instants are.
 */
const RELATIVE = 2n ** 60n;
const RELATIVE_FROM = 2n ** 59n;
const NOW = `${RELATIVE}`;

const TYPES = { text: "text", json: "text", payload: "text", int: "bigint", time: "bigint" };

const NAMES = Array.from({ length: 64 }, (_, at) => `c${at}`);

/** Name of a column's value among the cells of a row. */
export const cellOf = ({ at }: Column): string => NAMES[at] ?? `c${at}`;

/** Names and types of cells, as `json_to_recordset` wants them. */
export const cellTypes = (columns: readonly Column[]): readonly string[] =>
  columns.map((column) => `${cellOf(column)} ${typeOf(column)}`);

const typeOf = ({ kind }: Column): string => (kind === "bool" ? "boolean" : TYPES[kind]);

/** Values of columns in SQL, from the cells `x` of a plan that is admitted. */
export const valueSql = (column: Column): string => {
  const cell = `x.${cellOf(column)}`;
  if (column.kind !== "time") return cell;
  return `CASE WHEN ${cell} >= ${RELATIVE_FROM} THEN ${cell} - ${NOW} + x.instant ELSE ${cell} END`;
};

/** @throws EngineError E_ARGUMENT_INVALID for a value that the column can't hold */
export function putCells(
  into: Cells,
  table: Table,
  { columns, row }: { readonly columns: readonly Column[]; readonly row: object },
): Cells {
  const values = row as Readonly<Record<string, unknown>>;
  for (const column of columns) {
    const value = values[column.field];
    if (value === null || value === undefined) continue;
    into[cellOf(column)] = cell(table, column, value);
  }
  return into;
}

function cell(table: Table, column: Column, value: unknown): unknown {
  switch (column.kind) {
    case "json":
      return JSON.stringify(value);
    case "bool":
      if (typeof value === "boolean") return value;
      break;
    case "int":
      if (Number.isInteger(value)) return value;
      break;
    case "time":
      if (Number.isInteger(value)) return value;
      if (isDbInstant(value)) return relative(value.dbNow);
      break;
    default:
      if (typeof value === "string") return value;
  }
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `${column.field} of ${table.name} can't be ${JSON.stringify(value) ?? String(value)}: ` +
      `it holds ${column.kind}`,
  );
}

const relative = (offset: number): string =>
  offset === 0 ? NOW : `${RELATIVE + BigInt(Math.round(offset))}`;
