import {
  type ClaimedStage,
  type ClaimRequest,
  type EpochMs,
  type StageRow,
  stageKeyText,
  type WaitRow,
} from "@pawl/kernel/ports";
import { byRank } from "../statements/claimed.ts";
import { memoPageOf } from "../statements/memo.ts";
import { rowsOf } from "../statements/rows.ts";
import { encodeAll, type Statement } from "../statements/statement.ts";
import { type Choice, chooseStages, lockChosen } from "./claim-lanes.ts";
import { type LockedStage, readClaimed } from "./claim-reads.ts";
import { pause } from "./connections.ts";
import { resolved } from "./resolve-waits.ts";
import type { Outcome, Session } from "./session.ts";
import type { MysqlStore } from "./store.ts";

/** How often a claim looks whose own session another transaction, as a heartbeat, has locked. */
const BUSY_TRIES = 5;

/** Claims stages and reads what each needs to execute, in the transaction that claims them. */
export async function claimStages(
  store: MysqlStore,
  session: Session,
  request: ClaimRequest,
): Promise<readonly ClaimedStage[]> {
  for (let tries = 1; ; tries += 1) {
    const choice = await chooseStages(store, session, request);
    if (!choice) return [];
    const claimed = await session.writing(
      () => lockAll(store, session, { request, choice }),
      (locked) => claimLocked(store, session, { request, ...locked }),
    );
    if (claimed) return claimed;
    if (tries === BUSY_TRIES) return [];
    await pause(tries);
  }
}

interface Locked {
  readonly stages: readonly LockedStage[];
  readonly now: EpochMs;
  /** Another transaction has locked the session's row. */
  readonly busy?: boolean;
}

async function lockAll(
  store: MysqlStore,
  session: Session,
  { request, choice }: { readonly request: ClaimRequest; readonly choice: Choice },
): Promise<Locked> {
  const [valid, ...rows] = await session.allOf([
    sessionStatement(store, request, store.server.sharing),
    ...lockChosen(store, request, choice),
  ]);
  if (!valid?.length) {
    const isValid = (await session.all(sessionStatement(store, request, ""))).length > 0;
    return { stages: [], now: 0, busy: isValid };
  }
  const now = Number(valid[0]?.[0]);
  const { columns } = store.schema.tables.stages;
  const stages = rows.flat().map((values): LockedStage => {
    const [lastStep, lastWait, unsettled] = values.slice(columns.length).map(Number);
    const [row] = rowsOf(store.schema, "stages", [values]);
    return {
      row: row as StageRow,
      lastStep: lastStep ?? 0,
      lastWait: lastWait ?? 0,
      unsettled: unsettled ?? 0,
    };
  });
  const limit = request.alone ? 1 : request.limit;
  return { stages: stages.sort((a, b) => byRank(a.row, b.row)).slice(0, limit), now };
}

/** Database time, while the session is valid; `lock` keeps it from ending before the claim does. */
function sessionStatement(
  { schema, now }: MysqlStore,
  { session }: ClaimRequest,
  lock: string,
): Statement {
  const instant = schema.dialect.nowParams(now());
  const text = schema.text(
    `claiming session${lock}`,
    () =>
      `SELECT ${schema.dialect.now} FROM ${schema.tables.workers.sql} WHERE id = ? AND epoch = ?` +
      ` AND status = 'active' AND expires_at > ${schema.dialect.now} ${lock}`,
  );
  return { text, params: [...instant, session.id, session.epoch, ...instant] };
}

async function claimLocked(
  store: MysqlStore,
  session: Session,
  claim: Locked & { readonly request: ClaimRequest },
): Promise<Outcome<readonly ClaimedStage[] | undefined>> {
  const { stages, request, now, busy } = claim;
  if (busy) return { value: undefined, commit: false };
  if (stages.length === 0) return { value: [], commit: false };
  const [read] = await Promise.all([
    readClaimed(store, session, claim),
    takeAll(store, session, claim),
  ]);
  const changed: WaitRow[] = [];
  const claimed = stages.flatMap((locked): ClaimedStage[] => {
    const stage = claimedRow(locked.row, request, now);
    const run = read.runs.get(stage.runId);
    if (!run) return [];
    const key = stageKeyText(stage);
    const last = Math.max(locked.lastStep, locked.lastWait);
    const settling = resolved(read.unsettled(key), last, now);
    changed.push(...settling.changed);
    const settled = [...read.settled(key), ...settling.changed];
    const { memoRecordsMax: recordsMax, memoBytesMax: bytesMax } = request;
    return [
      {
        stage,
        run,
        upstream: read.upstream(stage),
        memo: memoPageOf(read.steps(key), settled, { recordsMax, bytesMax }),
        openWaits: settling.open,
        stepAttempts: read.attempts(key),
        lastSeq: last + settling.changed.length,
        session: request.session,
        dbNow: now,
      },
    ];
  });
  await session.batch(...resolveBatch(store, changed, now));
  return { value: claimed, commit: true };
}

const claimedRow = (row: StageRow, { session }: ClaimRequest, now: EpochMs): StageRow => ({
  ...row,
  status: "running",
  fence: row.fence + 1,
  session: session.id,
  sessionEpoch: session.epoch,
  wakeAt: null,
  startedAt: row.startedAt ?? now,
});

async function takeAll(
  { schema }: MysqlStore,
  session: Session,
  { stages, request, now }: Locked & { readonly request: ClaimRequest },
): Promise<void> {
  const table = schema.tables.stages;
  const text = schema.text(
    "claim",
    () =>
      `UPDATE ${table.sql} SET status = 'running', fence = fence + 1, session = ?,` +
      " session_epoch = ?, wake_at = NULL, started_at = coalesce(started_at, ?)" +
      ` WHERE ${table.byKey}`,
  );
  const { id, epoch } = request.session;
  await session.batch(
    text,
    stages.map(({ row }) => [id, epoch, now, ...encodeAll(table.key, row, now)]),
  );
}

function resolveBatch(
  { schema }: MysqlStore,
  changed: readonly WaitRow[],
  now: EpochMs,
): Parameters<Session["batch"]> {
  const { waits } = schema.tables;
  const text = schema.text(
    "resolve wait",
    () => `UPDATE ${waits.sql} SET outcome = ?, resolved_at = ?, seq = ? WHERE ${waits.byKey}`,
  );
  return [
    text,
    changed.map((wait) => [
      wait.outcome,
      wait.resolvedAt,
      wait.seq,
      ...encodeAll(waits.key, wait, now),
    ]),
  ];
}
