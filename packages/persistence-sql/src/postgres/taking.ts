import type { DispatchAck, Row, TakeRequest } from "@pawl/kernel/ports";
import { rowsOf } from "../statements/rows.ts";
import type { Schema } from "../statements/schema.ts";
import { tuples } from "../statements/stage-tuples.ts";
import type { Statement } from "../statements/statement.ts";
import { ackIntentsStatement, takeStatement } from "../statements/take.ts";
import type { PostgresStore } from "./store.ts";

/** Hides the oldest visible rows for a while and answers them, the oldest first. */
export function take<T extends "intents" | "dispatch">(
  { connection, schema, now }: PostgresStore,
  name: T,
  request: TakeRequest,
): Promise<readonly Row<T>[]> {
  const method = name === "intents" ? "takeIntents" : "takeDispatch";
  return connection.call(method, async (session) => {
    const statement = takeStatement(schema, name, { ...request, now: now() });
    const rows = rowsOf(schema, name, await session.once(statement));
    if (rows.length > 0) session.wrote();
    return rows.sort((a, b) => a.createdAt - b.createdAt);
  });
}

export const ackIntents = (
  { connection, schema }: PostgresStore,
  ids: readonly string[],
): Promise<void> =>
  connection.call("ackIntents", async (session) => {
    if (ids.length === 0) return;
    await session.repeat(ackIntentsStatement(schema, ids));
    session.wrote();
  });

export const ackDispatch = (
  { connection, schema }: PostgresStore,
  acks: readonly DispatchAck[],
): Promise<void> =>
  connection.call("ackDispatch", async (session) => {
    if (acks.length === 0) return;
    await session.repeat(ackDispatchStatement(schema, acks));
    session.wrote();
  });

/** Deletes the rows that are still of the acknowledged dispatches. */
function ackDispatchStatement(schema: Schema, acks: readonly DispatchAck[]): Statement {
  const { dialect, tables } = schema;
  const { dispatch } = tables;
  const text = schema.text("ack dispatches", () => {
    const same = dispatch.key.map(
      ({ sql }, at) => `t.${sql} = ${dialect.tupleAt("k", at, at < 2 ? "text" : "int")}`,
    );
    return (
      `DELETE FROM ${dispatch.sql} t USING ${dialect.tuplesOf("k")}` +
      ` WHERE ${same.join(" AND ")} AND t.created_at = ${dialect.tupleAt("k", 4, "int")}`
    );
  });
  const rows = acks.map(({ stage, createdAt }) => [
    ...[stage.runId, stage.stageId, stage.mapIndex, stage.generation],
    createdAt,
  ]);
  return { text, params: [tuples(rows)] };
}
