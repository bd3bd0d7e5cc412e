import type { PersistenceQueries } from "@pawl/kernel/ports";
import { countStatement, findStatement, getStatement } from "../statements/find.ts";
import { rowsOf } from "../statements/rows.ts";
import type { Schema } from "../statements/schema.ts";
import type { MysqlConnections } from "./connections.ts";

export function mysqlQueries(
  connections: Pick<MysqlConnections, "use">,
  schema: Schema,
): PersistenceQueries {
  return {
    get: async (table, key) => {
      const statement = getStatement(schema, table, key);
      const rows = await connections.use("get", (session) => session.all(statement));
      return rowsOf(schema, table, rows)[0];
    },
    find: async (find) => {
      const statement = findStatement(schema, find);
      const rows = await connections.use("find", (session) => session.all(statement));
      return rowsOf(schema, find.table, rows, find.payloads ? "full" : "withoutPayloads");
    },
    count: async (table, where, max) => {
      const statement = countStatement(schema, { table, where, max });
      const rows = await connections.use("count", (session) => session.all(statement));
      return Number(rows[0]?.[0]);
    },
  };
}
