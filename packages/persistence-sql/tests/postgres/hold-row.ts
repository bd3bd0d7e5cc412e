import type { RowRef } from "@pawl/kernel/ports";
import { postgresDialect } from "../../src/dialects/postgres.ts";
import { createSchema } from "../../src/statements/schema.ts";
import type { TemporarySchema } from "./temporary-database.ts";

/** Locks a row in a transaction of somebody else. */
export async function holdRow(place: TemporarySchema, row: RowRef): Promise<() => Promise<void>> {
  const table = createSchema(postgresDialect, "", place.schema).tables[row.table];
  const client = await place.pool.connect();
  const same = table.key.map(({ sql }, at) => `${sql} = $${at + 1}`).join(" AND ");
  const key = table.key.map(({ field }) => (row.key as unknown as Record<string, unknown>)[field]);
  await client.query("BEGIN");
  const { rowCount } = await client.query(
    `SELECT 1 FROM ${table.sql} WHERE ${same} FOR UPDATE`,
    key,
  );
  if (rowCount !== 1) throw new Error(`no row of ${row.table} to lock`);
  return async () => {
    await client.query("ROLLBACK");
    client.release();
  };
}
