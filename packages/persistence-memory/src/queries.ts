import type { PersistenceQueries } from "@pawl/kernel/ports";
import { countRows, findRows } from "./find.ts";
import type { Handle } from "./handle.ts";
import { copyOf, getRow } from "./tables.ts";

/** Bounded reads, as calls of their handle. */
export const queriesOf = ({ parts, tables, calls }: Handle): PersistenceQueries => ({
  get: (table, key) =>
    calls.make({
      method: "get",
      tick: () => {
        const row = getRow(tables, table, key);
        return row && copyOf(row);
      },
    }),
  find: (find) => calls.make({ method: "find", tick: () => findRows(parts.find, tables, find) }),
  count: (table, where, max) =>
    calls.make({
      method: "count",
      tick: () => countRows(parts.find, tables, { table, where, max }),
    }),
});
