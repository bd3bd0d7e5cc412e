import type { Row, TableName } from "@pawl/kernel/ports";
import { DEFAULTS } from "./row-defaults.ts";

/** A plain row of a table: nullable columns are null, instants long past, `part` over it. */
export const rowOf = <T extends TableName>(table: T, part: Partial<Row<T>> = {}): Row<T> => ({
  ...(DEFAULTS[table] as Row<T>),
  ...part,
});
