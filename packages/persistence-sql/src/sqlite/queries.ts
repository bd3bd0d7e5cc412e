import type { PersistenceQueries } from "@pawl/kernel/ports";
import { countStatement, findStatement, getStatement } from "../statements/find.ts";
import { rowsOf } from "../statements/rows.ts";
import type { Schema } from "../statements/schema.ts";
import type { SqliteCalls } from "./calls.ts";
import { all } from "./work.ts";

export function sqliteQueries(
  calls: Pick<SqliteCalls, "read">,
  schema: Schema,
): PersistenceQueries {
  return {
    get: async (table, key) => {
      const statement = getStatement(schema, table, key);
      const rows = await calls.read("get", () => all(statement));
      return rowsOf(schema, table, rows)[0];
    },
    find: async (find) => {
      const statement = findStatement(schema, find);
      const rows = await calls.read("find", () => all(statement));
      return rowsOf(schema, find.table, rows, find.payloads ? "full" : "withoutPayloads");
    },
    count: async (table, where, max) => {
      const statement = countStatement(schema, { table, where, max });
      const rows = await calls.read("count", () => all(statement));
      return Number(rows[0]?.[0]);
    },
  };
}
