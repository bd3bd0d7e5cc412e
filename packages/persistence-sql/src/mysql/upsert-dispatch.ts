import type { DispatchRow, EpochMs, Writable } from "@pawl/kernel/ports";
import { listOf, type Schema } from "../statements/schema.ts";
import { encodeAll, type Statement } from "../statements/statement.ts";
import { marks } from "../statements/write.ts";

/** Inserts a dispatch row or replaces the one of the same stage. */
export function upsertDispatch(
  schema: Schema,
  row: Writable<DispatchRow>,
  now: EpochMs,
): Statement {
  const table = schema.tables.dispatch;
  const text = schema.text("upsert dispatch", () => {
    const changed = table.columns.filter((column) => !table.key.includes(column));
    return (
      `INSERT INTO ${table.sql} (${listOf(table.columns)}) VALUES (${marks(table.columns)})` +
      ` ON DUPLICATE KEY UPDATE ${changed.map(({ sql }) => `${sql} = VALUES(${sql})`).join(", ")}`
    );
  });
  return { text, params: encodeAll(table.columns, row, now) };
}
