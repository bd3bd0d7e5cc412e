import type { CommitPlan, EpochMs, Guard, Refusal } from "@pawl/kernel/ports";
import { createdRuns } from "../statements/event.ts";
import { refusalOf } from "../statements/refusal.ts";
import { knownTable, type Schema } from "../statements/schema.ts";
import type { SqlRow } from "../statements/statement.ts";
import type { LockedRows } from "./locks.ts";

/** Why a plan can't be written; `unlocked`: a row of it is absent or locked by others. */
export type Verdict = Refusal | "unlocked";

/** Undefined when rows under lock allow the plan. */
export function verdictOf(
  schema: Schema,
  plan: CommitPlan,
  { rows, now }: { readonly rows: LockedRows; readonly now: EpochMs },
): Verdict | undefined {
  for (const guard of plan.guards) {
    const row = probed(schema, guard, rows);
    const verdict = row === "unlocked" ? row : refusalOf(guard, row, now);
    if (verdict) return verdict;
  }
  const created = createdRuns(plan);
  const { runs, dispatch } = schema.tables;
  for (const { runId } of plan.events) {
    if (created.has(runId) || rows.row(runs, { id: runId })) continue;
    return rows.wasSeen(runs, { id: runId }) ? "busy" : "missing";
  }
  const changed = [
    ...plan.writes.flatMap((write) =>
      write.op === "update" || write.op === "add"
        ? [{ table: knownTable(schema, write.table), key: write.key }]
        : [],
    ),
    ...plan.dispatch.map((row) => ({ table: dispatch, key: row })),
  ];
  const isLocked = changed.some(
    ({ table, key }) => rows.wasSeen(table, key) && !rows.row(table, key),
  );
  return isLocked ? "busy" : undefined;
}

/** The state that a guard looks at, as its probe would answer it. */
function probed(schema: Schema, guard: Guard, rows: LockedRows): SqlRow | undefined | "unlocked" {
  const { runs, stages, workers, blobTombstones } = schema.tables;
  switch (guard.kind) {
    case "rev":
    case "live": {
      const run = rows.row(runs, { id: guard.runId });
      if (!run) return "unlocked";
      return guard.kind === "rev" ? [run.rev] : [run.status, run.inbox];
    }
    case "stage": {
      const stage = rows.row(stages, guard.key);
      return stage ? [stage.fence, stage.status] : "unlocked";
    }
    case "version": {
      const row = rows.row(knownTable(schema, guard.row.table), guard.row.key);
      return row ? [row.version] : "unlocked";
    }
    case "session": {
      const worker = rows.row(workers, { id: guard.id });
      return worker ? [worker.epoch, worker.status, worker.expiresAt] : "unlocked";
    }
    case "absent":
      return isThere(rows, knownTable(schema, guard.row.table), guard.row.key) ? [1] : undefined;
    case "notCondemned":
      return isThere(rows, blobTombstones, { hash: guard.hash }) ? [1] : undefined;
  }
}

/** One that another guard of the plan has locked need not have been looked for as well. */
const isThere = (rows: LockedRows, ...row: Parameters<LockedRows["wasSeen"]>): boolean =>
  rows.wasSeen(...row) || rows.row(...row) !== undefined;
