import type { CommitPlan, RunId, TableName, Write } from "@pawl/kernel/ports";
import type { Schema } from "./schema.ts";
import { encodeAll, type Read } from "./statement.ts";

/**
 * The row by which a plan is recognised after a lost acknowledgement: a record that carries its
 * commit id, an event of its own, or a row in `commits` written for nothing else.
 */
export type Evidence =
  | { readonly kind: "record"; readonly write: RecordInsert }
  | { readonly kind: "event"; readonly runId: RunId; readonly afterRev: number }
  | { readonly kind: "commit" };

export type RecordInsert = Extract<Write, { op: "insert"; table: "steps" | "attempts" }>;

/** Rows that stay while their run does, so that inserting them a second time always collides. */
const LASTING: readonly TableName[] = ["runs", "stages", "waits", "signals", "scheduleFires"];

/**
 * Only what makes a second writing of the plan fail may serve: an event alone does not when its
 * guards still hold afterwards.
 */
export function evidenceOf(plan: CommitPlan): Evidence {
  const record = plan.writes.find((write) => isRecordOf(write, plan.commitId));
  if (record) return { kind: "record", write: record as RecordInsert };
  const [event] = plan.events;
  if (event === undefined) return { kind: "commit" };
  for (const guard of plan.guards) {
    if (guard.kind !== "rev") continue;
    if (!plan.events.some(({ runId }) => runId === guard.runId)) continue;
    return { kind: "event", runId: guard.runId, afterRev: guard.rev };
  }
  const collides = plan.writes.some(
    (write) => write.op === "insert" && LASTING.includes(write.table),
  );
  if (!collides) return { kind: "commit" };
  return { kind: "event", runId: event.runId, afterRev: revBefore(plan, event.runId) };
}

/** A rev of the run from before the plan, as far as it says so. */
function revBefore({ guards }: CommitPlan, runId: RunId): number {
  const guard = guards.find((one) => one.kind === "live" && one.runId === runId);
  return (guard?.kind === "live" ? guard.since : undefined) ?? 0;
}

/** Answers a row when the plan that has this evidence was committed. */
export function evidenceStatement(schema: Schema, plan: CommitPlan, evidence: Evidence): Read {
  const { events, commits } = schema.tables;
  const columns = ["found"];
  if (evidence.kind === "record") {
    const table = schema.tables[evidence.write.table];
    const text = schema.text(
      `evidence ${table.name}`,
      () => `SELECT 1 AS found FROM ${table.sql} WHERE ${table.byKey} AND commit_id = ?`,
    );
    const key = encodeAll(table.key, evidence.write.row, 0);
    return { text, params: [...key, plan.commitId], columns };
  }
  if (evidence.kind === "event") {
    const text = schema.text(
      "evidence events",
      () =>
        `SELECT 1 AS found FROM ${events.sql} WHERE run_id = ? AND rev > ? AND commit_id = ?` +
        " ORDER BY rev DESC LIMIT 1",
    );
    return { text, params: [evidence.runId, evidence.afterRev, plan.commitId], columns };
  }
  const text = schema.text(
    "evidence commits",
    () => `SELECT 1 AS found FROM ${commits.sql} WHERE commit_id = ?`,
  );
  return { text, params: [plan.commitId], columns };
}

const isRecordOf = (write: Write, commitId: string): boolean =>
  write.op === "insert" &&
  (write.table === "steps" || write.table === "attempts") &&
  write.row.commitId === commitId;
