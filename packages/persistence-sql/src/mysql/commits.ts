import type { CommitPlan, CommitResult, EpochMs } from "@pawl/kernel/ports";
import type { Statement } from "../statements/statement.ts";
import { isDuplicate, isNotWaiting } from "./errors.ts";
import { keyLooks, LockedRows, lockNeeds, lockStatements } from "./locks.ts";
import { type PlanWrites, planWrites } from "./plan-writes.ts";
import { recordOf, writeRecord } from "./record.ts";
import { answerRefused, type RefusedPlan } from "./refusals.ts";
import type { Session } from "./session.ts";
import { type MysqlStore, nowStatement } from "./store.ts";
import { verdictOf } from "./verdict.ts";
import { wavesOf } from "./waves.ts";

/** Commits one plan alone. */
export async function commitOne(
  store: MysqlStore,
  session: Session,
  plan: CommitPlan,
): Promise<CommitResult> {
  const [answer] = await answerAll(store, session, [await attempt(store, session, plan)]);
  return answer as CommitResult;
}

/** Commits each plan or none of it, all in one transaction where none is refused in mid-way. */
export async function commitBatch(
  store: MysqlStore,
  session: Session,
  plans: readonly CommitPlan[],
): Promise<readonly CommitResult[]> {
  const results: CommitResult[] = [];
  let left = wavesOf(store.schema, plans);
  while (left.length > 0) {
    const waves = left;
    const committed = await unlessDuplicate(() => commitWaves(store, session, waves));
    if (committed === "exists") {
      return [...results, ...(await commitApart(store, session, waves.flat()))];
    }
    results.push(...(await answerAll(store, session, committed.results)));
    left = waves.slice(committed.waves);
  }
  return results;
}

export async function answerAll(
  store: MysqlStore,
  session: Session,
  results: readonly (CommitResult | RefusedPlan)[],
): Promise<readonly CommitResult[]> {
  const refused = results.filter((result) => "failed" in result);
  const answers = await answerRefused(store, session, refused);
  return results.map((result) =>
    "failed" in result ? (answers[refused.indexOf(result)] as CommitResult) : result,
  );
}

async function commitApart(
  store: MysqlStore,
  session: Session,
  plans: readonly CommitPlan[],
): Promise<readonly CommitResult[]> {
  const results: CommitResult[] = [];
  for (const plan of plans) results.push(await commitOne(store, session, plan));
  return results;
}

async function attempt(
  store: MysqlStore,
  session: Session,
  plan: CommitPlan,
): Promise<CommitResult | RefusedPlan> {
  const record = recordOf(store, plan);
  if (record) {
    const written = await writeRecord(store, session, record);
    if (typeof written !== "string") return written;
    // A stage that could not be locked looks like one of another fence: the diagnosis tells.
    const failed = written === "exists" ? "exists" : "unlocked";
    return { plan, failed, now: 0 };
  }
  const written = await unlessDuplicate(() => commitWaves(store, session, [[plan]]));
  if (written !== "exists") return written.results[0] as CommitResult | RefusedPlan;
  return { plan, failed: "exists", now: 0 };
}

type Wave = readonly CommitPlan[];

interface CommittedWaves {
  readonly results: readonly (CommitResult | RefusedPlan)[];
  readonly waves: number;
}

/** Ends behind a wave of which a plan was refused: who is refused is told what stands then. */
const commitWaves = (
  store: MysqlStore,
  session: Session,
  waves: readonly Wave[],
): Promise<CommittedWaves> =>
  session.writing(
    () => lockWave(store, session, waves[0] ?? []),
    async (first) => {
      const results: (CommitResult | RefusedPlan)[] = [];
      let done = 0;
      let locked = first;
      for (const wave of waves) {
        if (done > 0) locked = await lockWave(store, session, wave);
        results.push(...(await writeWave(store, session, { wave, locked })));
        done += 1;
        if (results.some((result) => "failed" in result)) break;
      }
      const commit = results.some((result) => "ok" in result);
      return { value: { results, waves: done }, commit };
    },
  );

export interface LockedWave {
  readonly rows: LockedRows;
  readonly now: EpochMs;
  /** Plans whose ranges could not be locked. */
  readonly shutOut: ReadonlySet<CommitPlan>;
}

/** Locks all rows that plans guard or change, in one round trip, and waits for none of them. */
export async function lockWave(
  store: MysqlStore,
  session: Session,
  plans: readonly CommitPlan[],
): Promise<LockedWave> {
  const { schema, server } = store;
  const needs = lockNeeds(schema, plans);
  const locks = lockStatements(schema, server, needs);
  const looks = store.waitsForKeys ? [] : keyLooks(schema, server, plans);
  const shutOut = new Set<CommitPlan>();
  const rows = new LockedRows();
  const [time] = await Promise.all([
    session.all(nowStatement(store)),
    ...locks.map(async ({ table, hold, statement }) => {
      rows.add(table, hold, await session.all(statement));
    }),
    ...[...needs.ranges, ...looks].map(async ({ plan, statement }) => {
      if (!(await isFree(session, statement))) shutOut.add(plan);
    }),
  ]);
  return { rows, shutOut, now: Number(time[0]?.[0]) };
}

async function isFree(session: Session, statement: Statement): Promise<boolean> {
  try {
    await session.all(statement);
    return true;
  } catch (error) {
    if (isNotWaiting(error)) return false;
    throw error;
  }
}

async function writeWave(
  store: MysqlStore,
  session: Session,
  { wave, locked }: { readonly wave: Wave; readonly locked: LockedWave },
): Promise<readonly (CommitResult | RefusedPlan)[]> {
  const { schema } = store;
  const { rows, now, shutOut } = locked;
  const writes: PlanWrites[] = [];
  const results = wave.map((plan): CommitResult | RefusedPlan => {
    const verdict = verdictOf(schema, plan, { rows, now });
    if (verdict) return { plan, failed: verdict, now };
    if (shutOut.has(plan)) return { plan, failed: "busy", now };
    const written = planWrites(schema, plan, { rows, now });
    writes.push(written);
    return written.committed;
  });
  await send(
    session,
    writes.flatMap(({ sweeping }) => sweeping),
  );
  await send(
    session,
    writes.flatMap(({ rows }) => rows),
  );
  return results;
}

/** Sends statements together, those of one text as one. */
async function send(session: Session, statements: readonly Statement[]): Promise<void> {
  const byText = new Map<string, Statement["params"][]>();
  for (const { text, params } of statements) {
    const rows = byText.get(text);
    if (rows) rows.push(params);
    else byText.set(text, [params]);
  }
  await Promise.all([...byText].map(([text, rows]) => session.batch(text, rows)));
}

async function unlessDuplicate<T>(work: () => Promise<T>): Promise<T | "exists"> {
  try {
    return await work();
  } catch (error) {
    if (isDuplicate(error)) return "exists";
    throw error;
  }
}
