import type { DispatchAck, EpochMs, TakeRequest } from "@pawl/kernel/ports";
import { listOf, type Schema } from "./schema.ts";
import { encodeAll, type Statement } from "./statement.ts";

/** Hides the oldest visible rows for a while and answers them, in any order. */
export function takeStatement(
  schema: Schema,
  name: "intents" | "dispatch",
  request: TakeRequest & { readonly now: EpochMs },
): Statement {
  const table = schema.tables[name];
  const text = schema.text(`take ${name}`, () => {
    const oldest =
      `SELECT rowid FROM ${table.sql}${schema.dialect.using(schema.index(`${name}_taking`))}` +
      " WHERE namespace = ? AND visible_at <= ?" +
      ` ORDER BY created_at, ${listOf(table.key)} LIMIT ?`;
    return (
      `UPDATE ${table.sql} SET visible_at = ?, tries = tries + 1 WHERE rowid IN (${oldest})` +
      ` RETURNING ${listOf(table.columns)}`
    );
  });
  const { now, visibleAfterMs, namespace, limit } = request;
  return { text, params: [now + visibleAfterMs, namespace, now, limit] };
}

export function ackIntentsStatement(schema: Schema, ids: readonly string[]): Statement {
  const text = schema.text(
    "ack intents",
    () =>
      `DELETE FROM ${schema.tables.intents.sql}` +
      ` WHERE id IN (SELECT value FROM ${schema.dialect.listOf("k")})`,
  );
  return { text, params: [JSON.stringify(ids)] };
}

/** Deletes the row only while it speaks of the acknowledged attempt. */
export function ackDispatchStatement(schema: Schema, ack: DispatchAck): Statement {
  const { dispatch } = schema.tables;
  const text = schema.text(
    "ack dispatch",
    () => `DELETE FROM ${dispatch.sql} WHERE ${dispatch.byKey} AND attempt = ?`,
  );
  return { text, params: [...encodeAll(dispatch.key, ack.stage, 0), ack.attempt] };
}
