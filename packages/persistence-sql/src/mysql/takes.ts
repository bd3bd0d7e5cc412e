import type { DispatchAck, Row, TakeRequest } from "@pawl/kernel/ports";
import { rowsOf } from "../statements/rows.ts";
import { listOf } from "../statements/schema.ts";
import { encodeAll, type SqlRow, type Statement } from "../statements/statement.ts";
import { ackDispatchStatement } from "../statements/take.ts";
import type { Session } from "./session.ts";
import { type MysqlStore, nowStatement } from "./store.ts";

/** Hides the oldest visible rows for a while and answers them; those that are locked are left. */
export async function takeRows<T extends "intents" | "dispatch">(
  store: MysqlStore,
  session: Session,
  { name, request }: { readonly name: T; readonly request: TakeRequest },
): Promise<readonly Row<T>[]> {
  const { schema } = store;
  if ((await session.all(oldestStatement(store, name, request, false))).length === 0) return [];
  return session.writing(
    () => session.allOf([nowStatement(store), oldestStatement(store, name, request, true)]),
    async ([time, rows]) => {
      const visibleAt = Number(time?.[0]?.[0]) + request.visibleAfterMs;
      const taken = rowsOf(schema, name, rows as readonly SqlRow[]) as Row<T>[];
      const table = schema.tables[name];
      const text = schema.text(
        `take ${name}`,
        () => `UPDATE ${table.sql} SET visible_at = ?, tries = tries + 1 WHERE ${table.byKey}`,
      );
      await session.batch(
        text,
        taken.map((row) => [visibleAt, ...encodeAll(table.key, row, 0)]),
      );
      const value = taken.map((row) => ({ ...row, visibleAt, tries: row.tries + 1 }));
      return { value, commit: taken.length > 0 };
    },
  );
}

export function oldestStatement(
  { schema, now }: MysqlStore,
  name: "intents" | "dispatch",
  request: TakeRequest,
  locking: boolean,
): Statement {
  const table = schema.tables[name];
  const text = schema.text(`oldest ${name} ${locking}`, () => {
    const using = schema.dialect.using(schema.index(`${name}_taking`));
    return (
      `SELECT ${locking ? listOf(table.columns) : "1"} FROM ${table.sql}${using}` +
      ` WHERE namespace = ? AND visible_at <= ${schema.dialect.now}` +
      ` ORDER BY created_at, ${listOf(table.key)} LIMIT ?` +
      (locking ? " FOR UPDATE SKIP LOCKED" : "")
    );
  });
  const limit = locking ? request.limit : Math.min(request.limit, 1);
  return { text, params: [request.namespace, ...schema.dialect.nowParams(now()), limit] };
}

export async function ackIntents(
  { schema }: MysqlStore,
  session: Session,
  ids: readonly string[],
): Promise<void> {
  const { intents } = schema.tables;
  const text = schema.text("ack intent", () => `DELETE FROM ${intents.sql} WHERE id = ?`);
  await deleteEach(
    session,
    text,
    ids.map((id) => [id]),
  );
}

export async function ackDispatch(
  { schema }: MysqlStore,
  session: Session,
  acks: readonly DispatchAck[],
): Promise<void> {
  const statements = acks.map((ack) => ackDispatchStatement(schema, ack));
  const [first] = statements;
  if (!first) return;
  await deleteEach(
    session,
    first.text,
    statements.map(({ params }) => params),
  );
}

async function deleteEach(
  session: Session,
  text: string,
  rows: readonly Statement["params"][],
): Promise<void> {
  const [row] = rows;
  if (row === undefined) return;
  if (rows.length > 1) {
    await session.writing(
      async () => undefined,
      async () => {
        await session.batch(text, rows);
        return { value: undefined, commit: true };
      },
    );
  } else if ((await session.autocommit(() => session.change({ text, params: row }))) > 0) {
    session.commits += 1;
  }
}
