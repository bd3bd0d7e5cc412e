import { type EpochMs, isDbInstant } from "@pawl/kernel/ports";
import type { SqlValue } from "../dialects/dialect.ts";
import type { Column } from "./schema.ts";

export type { SqlValue };

/** A row as a driver answers it: values in the order of the columns asked for. */
export type SqlRow = readonly unknown[];

/** A fixed text and the values bound to it. Values never become text. */
export interface Statement {
  readonly text: string;
  readonly params: readonly SqlValue[];
  /** The same plan serves all values. */
  readonly plannedOnce?: true;
}

/** A statement that reads, and the names in SQL of the columns that it answers. */
export interface Read extends Statement {
  readonly columns: readonly string[];
}

/** A value as it is stored: JSON as text, booleans as 0 and 1, `DbInstant` as an instant. */
export function encode(column: Column, value: unknown, now: EpochMs): SqlValue {
  if (value === null || value === undefined) return null;
  switch (column.kind) {
    case "json":
      return JSON.stringify(value);
    case "bool":
      return value ? 1 : 0;
    case "time":
      return isDbInstant(value) ? now + value.dbNow : (value as number);
    default:
      return value as SqlValue;
  }
}

/** Values of `columns` taken from a row or key. */
export const encodeAll = (columns: readonly Column[], row: object, now: EpochMs): SqlValue[] =>
  columns.map((column) => encode(column, (row as Record<string, unknown>)[column.field], now));
