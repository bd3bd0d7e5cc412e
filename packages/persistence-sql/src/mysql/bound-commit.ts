import type { CommitPlan, CommitResult, EpochMs, Guard, Write } from "@pawl/kernel/ports";
import { createdRuns, placeEvents } from "../statements/event.ts";
import { evidenceOf } from "../statements/evidence.ts";
import { knownTable, type Table } from "../statements/schema.ts";
import type { Statement } from "../statements/statement.ts";
import { insertStatement } from "../statements/write.ts";
import { answerAll, commitOne, lockWave } from "./commits.ts";
import { isDeadlock, isDuplicate } from "./errors.ts";
import { keyText, keyValues } from "./keys.ts";
import type { RefusedPlan } from "./refusals.ts";
import type { Session } from "./session.ts";
import type { MysqlStore } from "./store.ts";
import { upsertDispatch } from "./upsert-dispatch.ts";
import { verdictOf } from "./verdict.ts";

/**
 * Commits a plan by way of a transaction of the caller's. What a start has written is taken back
 * row by row where it fails: a savepoint would undo what the caller writes meanwhile, too.
 */
export async function commitBound(
  store: MysqlStore,
  session: Session,
  plan: CommitPlan,
): Promise<CommitResult> {
  if (!onlyInserts(plan)) return commitOne(store, session, plan);
  const [answer] = await answerAll(store, session, [await insertAll(store, session, plan)]);
  return answer as CommitResult;
}

const STARTS: readonly Guard["kind"][] = ["absent", "notCondemned", "session"];

/** A plan of new rows, and of events of new runs. */
function onlyInserts(plan: CommitPlan): boolean {
  const created = createdRuns(plan);
  return (
    plan.guards.every(({ kind }) => STARTS.includes(kind)) &&
    plan.writes.every((write) => write.op === "insert") &&
    [...plan.events, ...plan.dispatch].every(({ runId }) => created.has(runId))
  );
}

async function insertAll(
  store: MysqlStore,
  session: Session,
  plan: CommitPlan,
): Promise<CommitResult | RefusedPlan> {
  const { rows, now } = await lockWave(store, session, [plan]);
  const verdict = verdictOf(store.schema, plan, { rows, now });
  if (verdict) return { plan, failed: verdict, now };
  const { keys, others, revs } = insertsOf(store, plan, now);
  const written: Insert[] = [];
  try {
    // What others may have inserted comes first: mostly nothing has to be taken back.
    for (const insert of keys) await send(session, insert, written);
    await sendAll(session, others, written);
    return { ok: true, revs, dbNow: now, counters: [] };
  } catch (error) {
    if (!isDeadlock(error)) await takeBack(store, session, written);
    if (isDuplicate(error)) return { plan, failed: "exists", now };
    throw error;
  }
}

interface Insert {
  readonly table: Table;
  readonly row: object;
  readonly statement: Statement;
}

interface Inserts {
  /** Under keys that are guarded as absent. */
  readonly keys: readonly Insert[];
  readonly others: readonly Insert[];
  readonly revs: Readonly<Record<string, number>>;
}

function insertsOf({ schema }: MysqlStore, plan: CommitPlan, now: EpochMs): Inserts {
  const { commits, dispatch, events, intents } = schema.tables;
  const insert = (table: Table, row: object): Insert => ({
    table,
    row,
    statement: insertStatement(schema, table, row as never, now),
  });
  const rows = plan.writes
    .flatMap((write) => rowOf(write))
    .map(({ table, row }) => {
      return insert(knownTable(schema, table), row);
    });
  const revs: Record<string, number> = {};
  const told = placeEvents(plan).map(({ event, ordinal }) => {
    revs[event.runId] = ordinal;
    return insert(events, { ...event, rev: ordinal, at: now, commitId: plan.commitId });
  });
  const evidence =
    evidenceOf(plan).kind === "commit"
      ? [insert(commits, { commitId: plan.commitId, at: now })]
      : [];
  const guarded = plan.guards.flatMap((guard) =>
    guard.kind === "absent" ? [placeOf(knownTable(schema, guard.row.table), guard.row.key)] : [],
  );
  const isKey = ({ table, row }: Insert): boolean => guarded.includes(placeOf(table, row));
  const others = [
    ...rows.filter((one) => !isKey(one)),
    ...plan.intents.map((row) => insert(intents, row)),
    ...plan.dispatch.map((row) => {
      return { table: dispatch, row, statement: upsertDispatch(schema, row, now) };
    }),
    ...told,
    ...evidence,
  ];
  return { keys: rows.filter(isKey), others, revs };
}

const rowOf = (write: Write) => (write.op === "insert" ? [write] : []);

const placeOf = (table: Table, key: object): string =>
  `${table.name} ${keyText(keyValues(table, key))}`;

async function send(session: Session, insert: Insert, written: Insert[]): Promise<void> {
  await session.change(insert.statement);
  written.push(insert);
}

/** Sends all together, and waits for each whatever becomes of the others. */
async function sendAll(
  session: Session,
  inserts: readonly Insert[],
  written: Insert[],
): Promise<void> {
  const sent = await Promise.allSettled(inserts.map((one) => send(session, one, written)));
  const failed = sent.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
}

async function takeBack(
  { schema }: MysqlStore,
  session: Session,
  written: readonly Insert[],
): Promise<void> {
  for (const { table, row } of written) {
    const text = schema.text(
      `take back ${table.name}`,
      () => `DELETE FROM ${table.sql} WHERE ${table.byKey}`,
    );
    await session.change({ text, params: keyValues(table, row) });
  }
}
