import type { CommitPlan, Committed, EpochMs, RunId } from "@pawl/kernel/ports";
import { placeEvents } from "../statements/event.ts";
import { evidenceOf } from "../statements/evidence.ts";
import type { Schema } from "../statements/schema.ts";
import type { Statement } from "../statements/statement.ts";
import { insertStatement, writeStatement } from "../statements/write.ts";
import type { LockedRows } from "./locks.ts";
import { RowChanges } from "./row-changes.ts";
import { upsertDispatch } from "./upsert-dispatch.ts";

/** What a plan writes once its rows are locked, and what it is answered. */
export interface PlanWrites {
  /** Deletes and changes of many rows, before the others. */
  readonly sweeping: readonly Statement[];
  readonly rows: readonly Statement[];
  readonly committed: Committed;
}

interface Under {
  readonly rows: LockedRows;
  readonly now: EpochMs;
}

export function planWrites(schema: Schema, plan: CommitPlan, under: Under): PlanWrites {
  const { now } = under;
  const changes = new RowChanges(schema, under.rows);
  const sweeping: Statement[] = [];
  const counters: number[] = [];
  for (const write of plan.writes) {
    if (write.op === "insert") changes.insert(write, write.row);
    else if (write.op === "update") changes.set(write, write.set);
    else if (write.op === "add") counters.push(changes.add(write));
    else {
      if (write.op === "delete") changes.remove(write);
      const statement = writeStatement(schema, write, now);
      if (statement) sweeping.push(statement);
    }
  }
  const { intents, events, commits } = schema.tables;
  const rows: Statement[] = [];
  for (const intent of plan.intents) rows.push(insertStatement(schema, intents, intent, now));
  for (const row of plan.dispatch) rows.push(upsertDispatch(schema, row, now));
  const revs = new Map<RunId, number>();
  for (const { event, ordinal, newRun } of placeEvents(plan)) {
    const rev = (newRun ? 0 : changes.revOf(event.runId)) + ordinal;
    revs.set(event.runId, rev);
    const row = { ...event, rev, at: now, commitId: plan.commitId };
    rows.push(insertStatement(schema, events, row as never, now));
  }
  for (const [runId, rev] of revs) changes.raise(runId, rev);
  if (evidenceOf(plan).kind === "commit") {
    rows.push(insertStatement(schema, commits, { commitId: plan.commitId, at: now }, now));
  }
  const committed = { ok: true as const, revs: Object.fromEntries(revs), dbNow: now, counters };
  return {
    sweeping,
    rows: [...changes.statements(now), ...rows],
    committed: { ...committed, ...factsOf(plan, changes) },
  };
}

/** Whether the guarded stage is held, and the inbox of its run, as they stand afterwards. */
function factsOf(plan: CommitPlan, changes: RowChanges): Partial<Committed> {
  const guard = plan.guards.find((one) => one.kind === "stage");
  if (guard?.kind !== "stage") return {};
  const stage = changes.row("stages", guard.key);
  const inbox = changes.row("runs", { id: guard.key.runId })?.inbox ?? stage?.inbox;
  return {
    ...(stage?.held ? { held: true as const } : {}),
    ...(typeof inbox === "number" ? { inbox } : {}),
  };
}
