import { type CommitPlan, type Committed, isDbInstant, type StageKey } from "@pawl/kernel/ports";
import { evidenceOf } from "../statements/evidence.ts";
import type { Column, Table } from "../statements/schema.ts";
import { listOf } from "../statements/schema.ts";
import {
  encode,
  encodeAll,
  type SqlRow,
  type SqlValue,
  type Statement,
} from "../statements/statement.ts";
import { isDuplicate } from "./errors.ts";
import type { Session } from "./session.ts";
import { type MysqlStore, nowStatement } from "./store.ts";

/** A plan that is one record of a stage and guards nothing but this stage. */
export interface StageRecord {
  readonly table: Table;
  readonly row: object;
  readonly stage: { readonly key: StageKey; readonly fence: number; readonly status: string };
}

export function recordOf({ schema }: MysqlStore, plan: CommitPlan): StageRecord | undefined {
  const [guard] = plan.guards;
  const [write] = plan.writes;
  const more = plan.events.length + plan.intents.length + plan.dispatch.length;
  if (plan.guards.length !== 1 || plan.writes.length !== 1 || more > 0) return undefined;
  if (guard?.kind !== "stage" || write?.op !== "insert") return undefined;
  if (evidenceOf(plan).kind !== "record") return undefined;
  return { table: schema.tables[write.table], row: write.row, stage: guard };
}

/**
 * Writes a record in one statement that is its own commit: the stage's row is locked against
 * change while it is read, and a row that is locked or of another fence inserts nothing.
 */
export async function writeRecord(
  store: MysqlStore,
  session: Session,
  record: StageRecord,
): Promise<Committed | "refused" | "exists"> {
  const { server } = store;
  const insert = recordStatement(store, record);
  try {
    if (!server.returning) return await writeThenRead(store, session, record);
    const [facts] = await session.autocommit(() => session.all(insert));
    if (facts) session.commits += 1;
    return facts ? committed(facts) : "refused";
  } catch (error) {
    if (isDuplicate(error)) return "exists";
    throw error;
  }
}

/** Where an insert can't answer, the facts are read after it. */
async function writeThenRead(
  store: MysqlStore,
  session: Session,
  record: StageRecord,
): Promise<Committed | "refused"> {
  const changed = await session.autocommit(() => session.change(recordStatement(store, record)));
  if (changed === 0) return "refused";
  session.commits += 1;
  const text = store.schema.text("record facts", () => `SELECT ${factsText(store)}`);
  const [facts = []] = await session.all({ text, params: factsParams(store, record) });
  return committed(facts);
}

function committed([held, inbox, dbNow]: SqlRow): Committed {
  return {
    ok: true,
    revs: {},
    dbNow: Number(dbNow),
    counters: [],
    ...(held ? { held: true as const } : {}),
    ...(typeof inbox === "number" ? { inbox } : {}),
  };
}

export function recordStatement(store: MysqlStore, { table, row, stage }: StageRecord): Statement {
  const { schema, server } = store;
  const { stages } = schema.tables;
  const fields = row as Readonly<Record<string, unknown>>;
  const instants = table.columns.filter(({ field }) => isDbInstant(fields[field]));
  const shape = instants.map(({ field }) => field).join();
  const text = schema.text(`record ${table.name} ${shape}`, () => {
    const values = table.columns.map((column) =>
      instants.includes(column) ? `${schema.dialect.now} + ?` : "?",
    );
    return (
      `INSERT INTO ${table.sql} (${listOf(table.columns)}) SELECT ${values.join(", ")}` +
      ` FROM ${stages.sql} WHERE ${stages.byKey} AND fence = ? AND status = ? ${server.sharing}` +
      (server.returning ? ` RETURNING ${factsText(store)}` : "")
    );
  });
  const params = [
    ...table.columns.flatMap((column) => valueParams(store, column, fields[column.field])),
    ...encodeAll(stages.key, stage.key, 0),
    stage.fence,
    stage.status,
    ...(server.returning ? factsParams(store, { table, row, stage }) : []),
  ];
  return { text, params };
}

const valueParams = (store: MysqlStore, column: Column, value: unknown): readonly SqlValue[] =>
  isDbInstant(value)
    ? [...store.schema.dialect.nowParams(store.now()), value.dbNow]
    : [encode(column, value, 0)];

const factsText = ({ schema }: MysqlStore): string => {
  const { runs, stages } = schema.tables;
  return (
    `(SELECT held FROM ${stages.sql} WHERE ${stages.byKey}),` +
    ` (SELECT inbox FROM ${runs.sql} WHERE id = ?), ${schema.dialect.now}`
  );
};

const factsParams = (store: MysqlStore, { stage }: StageRecord): readonly SqlValue[] => [
  ...encodeAll(store.schema.tables.stages.key, stage.key, 0),
  stage.key.runId,
  ...nowStatement(store).params,
];
