import type { DispatchAck, Row, TakeRequest } from "@pawl/kernel/ports";
import { rowsOf } from "../statements/rows.ts";
import type { Schema } from "../statements/schema.ts";
import type { Statement } from "../statements/statement.ts";
import { ackDispatchStatement, ackIntentsStatement, takeStatement } from "../statements/take.ts";
import type { SqliteStore } from "./store.ts";
import { all, allOf, type Outcome, type Work, writing } from "./work.ts";

/** Hides the oldest visible rows for a while and answers them, the oldest first. */
export function* take<T extends "intents" | "dispatch">(
  store: SqliteStore,
  name: T,
  request: TakeRequest,
): Work<readonly Row<T>[]> {
  const statement = takeStatement(store.schema, name, { ...request, now: store.now() });
  const rows = rowsOf(store.schema, name, yield* all(statement));
  return rows.sort((a, b) => a.createdAt - b.createdAt);
}

export const intentAcks = (schema: Schema, ids: readonly string[]): readonly Statement[] =>
  ids.length === 0 ? [] : [ackIntentsStatement(schema, ids)];

export const dispatchAcks = (schema: Schema, acks: readonly DispatchAck[]): readonly Statement[] =>
  acks.map((ack) => ackDispatchStatement(schema, ack));

/** Deletes what was acknowledged, all or nothing. */
export function* acknowledge(statements: readonly Statement[]): Work<void> {
  if (statements.length > 1) yield* writing(() => acknowledgeAll(statements));
  else yield* allOf(statements);
}

function* acknowledgeAll(statements: readonly Statement[]): Work<Outcome<void>> {
  yield* allOf(statements);
  return { value: undefined, commit: true };
}
