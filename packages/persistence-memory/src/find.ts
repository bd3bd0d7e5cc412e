import { EngineError } from "@pawl/kernel";
import {
  type Condition,
  columnKind,
  type Find,
  type Row,
  TABLES,
  type TableName,
  type Where,
} from "@pawl/kernel/ports";
import { columnOf } from "./columns.ts";
import { allRows, type Columns, columnsOf, copyOf, keyColumns, type Tables } from "./tables.ts";

type Check = (value: unknown, wanted: never) => boolean;

/** For each condition on a column: whether a value meets it. */
export type FindConditions = Readonly<Record<keyof Condition | "equals", Check>>;

/** What a read is made of. */
export interface FindParts {
  readonly conditions: FindConditions;
  readonly limitMax: number;
  readonly compare: (a: unknown, b: unknown) => number;
  /** Null in the place of every payload. */
  readonly withoutPayloads: (table: TableName, row: Columns) => Columns;
}

const compareValues = (a: unknown, b: unknown): number => {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return (a as string) < (b as string) ? -1 : 1;
};

const isObject = (value: unknown): value is Columns => typeof value === "object" && value !== null;

export const findParts: FindParts = {
  conditions: {
    equals: (value, wanted) => value === wanted,
    in: (value, wanted: readonly unknown[]) => wanted.includes(value),
    gt: (value, wanted) => value !== null && compareValues(value, wanted) > 0,
    lt: (value, wanted) => value !== null && compareValues(value, wanted) < 0,
    isNull: (value, wanted) => (value === null) === wanted,
    has: (value, wanted: Readonly<Record<string, string>>) =>
      isObject(value) &&
      Object.entries(wanted).every(([k, v]) => Object.hasOwn(value, k) && value[k] === v),
  },
  limitMax: 1_000,
  compare: compareValues,
  withoutPayloads: (table, row) =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => [
        column,
        columnKind(columnOf(table, column)) === "payload" ? null : value,
      ]),
    ),
};

/** Rows that match, in order, after the given place, bounded. */
export function findRows<T extends TableName>(
  parts: FindParts,
  tables: Tables,
  find: Find<T>,
): readonly Row<T>[] {
  const { table, where, orderBy = [], descending = false, after, limit, payloads } = find;
  const rows = matchingRows(parts, tables, { table, where });
  for (const column of orderBy) columnOf(table, column);
  if (!Number.isSafeInteger(limit) || limit < 0 || limit > parts.limitMax) {
    throw invalid(`A limit of ${limit} is not within 0 and ${parts.limitMax}.`, { limit });
  }
  const order = [...new Set([...orderBy, ...keyColumns(table)])];
  if (after && after.length !== order.length) {
    throw invalid(`"after" has ${after.length} values; the order is ${order.join(", ")}.`, {
      after,
    });
  }
  const sign = descending ? -1 : 1;
  const against = (row: Columns, values: readonly unknown[]): number =>
    sign * firstNonZero(order.map((column, i) => parts.compare(row[column], values[i])));
  return rows
    .filter((row) => !after || against(columnsOf(row), after) > 0)
    .toSorted((a, b) =>
      against(
        columnsOf(a),
        order.map((column) => columnsOf(b)[column]),
      ),
    )
    .slice(0, limit)
    .map((row) => copyOf(payloads ? row : parts.withoutPayloads(table, columnsOf(row))) as Row<T>);
}

const firstNonZero = (signs: readonly number[]): number => signs.find((sign) => sign !== 0) ?? 0;

/** Number of rows that match, at most `max`. */
export const countRows = <T extends TableName>(
  parts: FindParts,
  tables: Tables,
  { table, where, max }: { readonly table: T; readonly where: Where<T>; readonly max: number },
): number => Math.min(max, matchingRows(parts, tables, { table, where }).length);

function matchingRows<T extends TableName>(
  { conditions }: FindParts,
  tables: Tables,
  { table, where }: { readonly table: T; readonly where: Where<T> },
): readonly Row<T>[] {
  if (!Object.hasOwn(TABLES, table)) {
    throw invalid(`There is no table ${JSON.stringify(table)}.`, { table });
  }
  const checks = Object.entries(columnsOf(where))
    .filter(([, wanted]) => wanted !== undefined)
    .map(([column, wanted]) => {
      columnOf(table, column);
      return (row: Columns): boolean => meets(conditions, row[column], wanted);
    });
  return allRows(tables, table).filter((row) => checks.every((check) => check(columnsOf(row))));
}

function meets(conditions: FindConditions, value: unknown, wanted: unknown): boolean {
  if (!isObject(wanted)) return conditions.equals(value, wanted as never);
  return Object.entries(wanted).every(
    ([name, operand]) =>
      operand === undefined || conditions[name as keyof Condition](value, operand as never),
  );
}

const invalid = (message: string, details: Columns): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", message, { details });
