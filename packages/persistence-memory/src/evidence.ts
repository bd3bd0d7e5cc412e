import type { CommitPlan, Write } from "@pawl/kernel/ports";
import { getRow, groupRows, type Tables } from "./tables.ts";

type Insert = Extract<Write, { op: "insert" }>;

const insertsOf = (plan: CommitPlan): readonly Insert[] =>
  plan.writes.filter((write): write is Insert => write.op === "insert");

/** True when this very plan has been written: by its steps, its attempts, its events or its row. */
export function alreadyCommitted(tables: Tables, plan: CommitPlan): boolean {
  const { commitId } = plan;
  return (
    getRow(tables, "commits", { commitId }) !== undefined ||
    insertsOf(plan).some((write) => insertedBy(tables, write) === commitId) ||
    [...new Set(plan.events.map(({ runId }) => runId))].some((runId) =>
      groupRows(tables, "events", { runId }).some((event) => event.commitId === commitId),
    )
  );
}

function insertedBy(tables: Tables, write: Insert): string | undefined {
  if (write.table === "steps") return getRow(tables, "steps", write.row as never)?.commitId;
  if (write.table === "attempts") return getRow(tables, "attempts", write.row as never)?.commitId;
  return undefined;
}

/** True when rows of the plan itself will tell that it was written; else `commits` needs one. */
export function leavesEvidence(plan: CommitPlan): boolean {
  const inserts = insertsOf(plan);
  const records = inserts.some(({ table }) => table === "steps" || table === "attempts");
  const strict = plan.guards.some(({ kind }) => kind === "rev");
  return records || (plan.events.length > 0 && (strict || inserts.length > 0));
}
