import type { DispatchAck, TakeRequest } from "@pawl/kernel/ports";
import type { Now } from "../dialects/dialect.ts";
import { listOf, type Schema } from "./schema.ts";
import { encodeAll, type Statement } from "./statement.ts";

/** Hides the oldest visible rows for a while and answers them, in any order. */
export function takeStatement(
  schema: Schema,
  name: "intents" | "dispatch",
  request: TakeRequest & { readonly now: Now },
): Statement {
  const { dialect } = schema;
  const table = schema.tables[name];
  const text = schema.text(`take ${name}`, () =>
    dialect.timed(
      dialect.updateFirst({
        table: table.sql,
        columns: table.columns.map(({ sql }) => sql),
        using: dialect.using(schema.index(`${name}_taking`)),
        set: `visible_at = ${dialect.now} + ?, tries = tries + 1`,
        rest:
          `WHERE namespace = ? AND visible_at <= ${dialect.now}` +
          ` ORDER BY created_at, ${listOf(table.key)} LIMIT ?`,
      }),
    ),
  );
  const now = dialect.nowParams(request.now);
  const { visibleAfterMs, namespace, limit } = request;
  const params = [...now, visibleAfterMs, namespace, ...now, limit];
  return { text, params: [...dialect.timedParams(request.now), ...params] };
}

export function ackIntentsStatement(schema: Schema, ids: readonly string[]): Statement {
  const text = schema.text(
    "ack intents",
    () =>
      `DELETE FROM ${schema.tables.intents.sql}` + ` WHERE ${schema.dialect.isIn("id", "text")}`,
  );
  return { text, params: [schema.dialect.list(ids)] };
}

/** Deletes the row only while it is of the acknowledged dispatch. */
export function ackDispatchStatement(schema: Schema, ack: DispatchAck): Statement {
  const { dispatch } = schema.tables;
  const text = schema.text(
    "ack dispatch",
    () => `DELETE FROM ${dispatch.sql} WHERE ${dispatch.byKey} AND created_at = ?`,
  );
  return { text, params: [...encodeAll(dispatch.key, ack.stage, 0), ack.createdAt] };
}
