import type { Column, Table } from "../statements/schema.ts";
import { putCells } from "./cells.ts";
import { touched } from "./commit-guards.ts";
import type { LockedRows, PlacedPlan } from "./placed-plan.ts";

/** One order for every plan, so that texts do not depend on how a plan was put together. */
export const inOrder = (columns: readonly Column[]): readonly Column[] =>
  columns.toSorted((a, b) => a.at - b.at);

interface Touched {
  readonly key: object;
  readonly depth: number;
  readonly locked: LockedRows;
}

/** Sees to it that a row is locked before it is changed. */
export function putTouched(
  placed: PlacedPlan,
  table: Table,
  { key, depth, locked }: Touched,
): void {
  const { p, sheet } = placed;
  if (depth === table.key.length && locked.has(table, key)) return;
  const cells = putCells({ p }, table, { columns: table.key.slice(0, depth), row: key });
  sheet.put(`t_${table.name}_${depth}`, cells, () => touched(table, depth));
}
