import type { Guard } from "@pawl/kernel/ports";
import { isSetWrite } from "@pawl/kernel/ports";
import { createdRuns } from "../statements/event.ts";
import { knownTable, type Table } from "../statements/schema.ts";
import { checkKey } from "../statements/write.ts";
import { type Cells, putCells } from "./cells.ts";
import {
  absentGuards,
  keyGuards,
  runGuards,
  sessionGuards,
  stageGuards,
  versionGuards,
} from "./commit-guards.ts";
import { addsRecordsOnly, LockedRows, type PlacedPlan, unguardedRuns } from "./placed-plan.ts";

/** What the guards of a plan came to on the sheet. */
export interface PutGuards {
  /** Hits that the plan needs. */
  readonly count: number;
  readonly locked: LockedRows;
}

export function putGuards(placed: PlacedPlan): PutGuards {
  const { plan, p, sheet, schema } = placed;
  const locked = new LockedRows();
  const firstStage = plan.guards.findIndex(({ kind }) => kind === "stage");
  for (const [at, guard] of plan.guards.entries()) {
    putGuard(placed, guard, { first: at === firstStage, locked });
  }
  const others = unguardedRuns(plan, createdRuns(plan));
  for (const runId of others) {
    sheet.put("g_runs", { p, a: runId }, runGuards);
    locked.add(schema.tables.runs, { id: runId });
  }
  return { count: plan.guards.length + others.length, locked };
}

interface Here {
  /** The first guard on a stage, whose facts are answered. */
  readonly first: boolean;
  readonly locked: LockedRows;
}

function putGuard(placed: PlacedPlan, guard: Guard, { first, locked }: Here): void {
  const { plan, p, sheet, schema } = placed;
  const { runs, stages, blobTombstones } = schema.tables;
  switch (guard.kind) {
    case "rev":
      sheet.put("g_runs", { p, a: guard.runId, rev: guard.rev }, runGuards);
      locked.add(runs, { id: guard.runId });
      break;
    case "live":
      sheet.put("g_runs", liveCells(p, guard), runGuards);
      locked.add(runs, { id: guard.runId });
      break;
    case "stage": {
      const shared = addsRecordsOnly(plan);
      const cells = { p, first, fence: guard.fence, st: guard.status };
      const row = putCells(cells, stages, { columns: stages.key, row: guard.key });
      sheet.put(shared ? "g_shared" : "g_stages", row, (of) => stageGuards(of, shared));
      if (!shared) locked.add(stages, guard.key);
      break;
    }
    case "absent":
      putKey(placed, knownTable(schema, guard.row.table), guard.row.key);
      break;
    case "notCondemned":
      putAbsent(placed, blobTombstones, { hash: guard.hash });
      break;
    case "version":
      putVersion(placed, guard, locked);
      break;
    case "session":
      putSession(placed, guard, locked);
  }
}

const liveCells = (p: number, guard: Extract<Guard, { kind: "live" }>): Cells => ({
  p,
  a: guard.runId,
  live: true,
  ...(guard.status ? { st: guard.status } : {}),
  ...(guard.inbox === undefined ? {} : { inbox: guard.inbox }),
});

function putKey({ p, sheet, waitsForKeys }: PlacedPlan, table: Table, key: object): void {
  checkKey(table, key);
  const row = putCells({ p }, table, { columns: table.key, row: key });
  const how = waitsForKeys ? "waits" : "tries";
  sheet.put(`g_key_${table.name} ${how}`, row, () => keyGuards(table, how));
}

function putAbsent({ p, sheet }: PlacedPlan, table: Table, key: object): void {
  const row = putCells({ p }, table, { columns: table.key, row: key });
  sheet.put(`g_absent_${table.name}`, row, () => absentGuards(table));
}

function putVersion(
  { p, sheet, schema }: PlacedPlan,
  { row, version }: Extract<Guard, { kind: "version" }>,
  locked: LockedRows,
): void {
  const table = knownTable(schema, row.table);
  checkKey(table, row.key);
  const cells = putCells({ p, v: version }, table, { columns: table.key, row: row.key });
  sheet.put(`g_version_${table.name}`, cells, () => versionGuards(table));
  locked.add(table, row.key);
}

function putSession(
  { plan, p, sheet, schema }: PlacedPlan,
  guard: Extract<Guard, { kind: "session" }>,
  locked: LockedRows,
): void {
  const own = plan.writes.some(
    (write) =>
      !isSetWrite(write) &&
      write.table === "workers" &&
      write.op !== "insert" &&
      (write.key as { readonly id?: string }).id === guard.id,
  );
  const row = { p, a: guard.id, epoch: guard.epoch };
  sheet.put(own ? "g_own_session" : "g_session", row, (of) => sessionGuards(of, own));
  if (own) locked.add(schema.tables.workers, { id: guard.id });
}
