import type { PersistenceQueries } from "@pawl/kernel/ports";
import { countStatement, findStatement, getStatement } from "../statements/find.ts";
import { rowsOf } from "../statements/rows.ts";
import type { Schema } from "../statements/schema.ts";
import type { SqliteConnection } from "./connection.ts";

export function sqliteQueries(
  connection: Pick<SqliteConnection, "read">,
  schema: Schema,
): PersistenceQueries {
  return {
    get: async (table, key) => {
      const statement = getStatement(schema, table, key);
      const rows = await connection.read("get", (session) => session.all(statement));
      return rowsOf(schema, table, rows)[0];
    },
    find: async (find) => {
      const statement = findStatement(schema, find);
      const rows = await connection.read("find", (session) => session.all(statement));
      return rowsOf(schema, find.table, rows, find.payloads ? "full" : "withoutPayloads");
    },
    count: async (table, where, max) => {
      const statement = countStatement(schema, { table, where, max });
      const rows = await connection.read("count", (session) => session.all(statement));
      return Number(rows[0]?.[0]);
    },
  };
}
