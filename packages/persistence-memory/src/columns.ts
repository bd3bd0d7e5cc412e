import { EngineError } from "@pawl/kernel";
import {
  type ColumnKind,
  type ColumnSpec,
  columnKind,
  isDbInstant,
  isNullable,
  type Row,
  TABLES,
  type TableName,
} from "@pawl/kernel/ports";

const isText = (value: unknown): boolean => typeof value === "string";

const IS_OF_KIND: Readonly<Record<ColumnKind, (value: unknown) => boolean>> = {
  text: isText,
  payload: isText,
  int: Number.isSafeInteger,
  time: Number.isSafeInteger,
  bool: (value) => typeof value === "boolean",
  json: (value) => value !== null && value !== undefined,
};

/** Specification of a column. @throws EngineError E_ARGUMENT_INVALID when there is none */
export function columnOf(table: TableName, column: string): ColumnSpec {
  const columns: Readonly<Record<string, ColumnSpec>> = TABLES[table]?.columns ?? {};
  const spec = Object.hasOwn(columns, column) ? columns[column] : undefined;
  if (spec) return spec;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `Table ${JSON.stringify(table)} has no column ${JSON.stringify(column)}.`,
    { details: { table, column } },
  );
}

/** Checks the given columns of a row and brings them into stored form. */
export function storedColumns<T extends TableName>(
  table: T,
  row: object,
  dbNow: number,
): Partial<Row<T>> {
  const entries = Object.entries(row)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => [column, storedValue(table, { column, value, dbNow })]);
  return Object.fromEntries(entries) as Partial<Row<T>>;
}

/** A whole row in stored form; a column that is left out is null, or refused if it can't be. */
export function storedRow<T extends TableName>(table: T, row: object, dbNow: number): Row<T> {
  const given: Readonly<Record<string, unknown>> = storedColumns(table, row, dbNow);
  const entries = Object.keys(TABLES[table].columns).map((column) => [
    column,
    Object.hasOwn(given, column)
      ? given[column]
      : storedValue(table, { column, value: null, dbNow }),
  ]);
  return Object.fromEntries(entries) as Row<T>;
}

interface Given {
  readonly column: string;
  readonly value: unknown;
  readonly dbNow: number;
}

function storedValue(table: TableName, { column, value, dbNow }: Given): unknown {
  const spec = columnOf(table, column);
  const kind = columnKind(spec);
  if (value === null && isNullable(spec)) return null;
  const stored = kind === "time" && isDbInstant(value) ? dbNow + value.dbNow : value;
  if (IS_OF_KIND[kind](stored)) return kind === "json" ? frozenJson(stored) : stored;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `Column ${table}.${column} is of kind ${spec} and can't hold ${String(value)}. ` +
      "Write a value of that kind.",
    { details: { table, column, spec } },
  );
}

/** A copy as it comes back from JSON text, frozen to the bottom. */
const frozenJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, part) => Object.freeze(part));
