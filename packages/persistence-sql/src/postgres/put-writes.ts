import type { CounterWrite, RowWrite, RunId, SetWrite, StageKey } from "@pawl/kernel/ports";
import { isSetWrite } from "@pawl/kernel/ports";
import { createdRuns, placeEvents } from "../statements/event.ts";
import { evidenceOf } from "../statements/evidence.ts";
import { knownTable, type Table } from "../statements/schema.ts";
import { changedColumns, checkKey, counterColumn, leadingKey } from "../statements/write.ts";
import { type Cells, putCells } from "./cells.ts";
import {
  deletions,
  dispatches,
  events,
  inserts,
  stageCounters,
  stageSets,
  updates,
  waitClosings,
} from "./commit-writes.ts";
import type { LockedRows, PlacedPlan } from "./placed-plan.ts";
import { RunChanges } from "./run-changes.ts";
import { inOrder, putTouched } from "./touched-rows.ts";

/** Where the value of a counter is found in the answer. */
export type CounterPlace =
  | { readonly table: "stages"; readonly i: number }
  | { readonly table: "runs"; readonly runId: RunId; readonly field: string };

/** Puts all that a plan writes on the sheet; answers where its counters will be. */
export function putWrites(placed: PlacedPlan, locked: LockedRows): readonly CounterPlace[] {
  const { plan, p, sheet, schema } = placed;
  const runs = new RunChanges(placed, locked);
  const counters: CounterPlace[] = [];
  for (const write of plan.writes) {
    if (isSetWrite(write)) putSet(placed, write);
    else if (write.op === "add")
      counters.push(putCounter(placed, write, { runs, locked, counters }));
    else if (write.op === "update" && write.table === "runs") runs.set(write.key.id, write.set);
    else putRow(placed, write, locked);
  }
  for (const intent of plan.intents) putInsert(placed, schema.tables.intents, intent);
  for (const row of plan.dispatch) {
    const { dispatch } = schema.tables;
    putTouched(placed, dispatch, { key: row, depth: dispatch.key.length, locked });
    const cells = putCells({ p }, dispatch, { columns: dispatch.columns, row });
    sheet.put("w_upsert_dispatch", cells, dispatches);
  }
  putEvents(placed, runs);
  runs.put();
  if (placed.evidence && evidenceOf(plan).kind === "commit") {
    putInsert(placed, schema.tables.commits, { commitId: plan.commitId, at: { dbNow: 0 } });
  }
  return counters;
}

function putEvents(placed: PlacedPlan, runs: RunChanges): void {
  const { plan, p, sheet, schema } = placed;
  const table = schema.tables.events;
  const created = createdRuns(plan);
  for (const { event, ordinal, newRun } of placeEvents(plan)) {
    const row = { ...event, rev: ordinal, at: { dbNow: 0 }, commitId: plan.commitId };
    if (newRun) putInsert(placed, table, row);
    else sheet.put("w_events", putCells({ p }, table, { columns: table.columns, row }), events);
    if (!created.has(event.runId)) runs.raise(event.runId);
  }
}

const putInsert = ({ p, sheet }: PlacedPlan, table: Table, row: object): void =>
  sheet.put(`w_insert_${table.name}`, putCells({ p }, table, { columns: table.columns, row }), () =>
    inserts(table),
  );

function putRow(
  placed: PlacedPlan,
  write: Exclude<RowWrite, CounterWrite>,
  locked: LockedRows,
): void {
  const table = knownTable(placed.schema, write.table);
  if (write.op === "insert") putInsert(placed, table, write.row);
  else if (write.op === "delete") putDelete(placed, table, { key: write.key, locked });
  else putUpdate(placed, table, { ...write, locked });
}

interface Keyed {
  readonly key: object;
  readonly locked: LockedRows;
}

function putDelete(placed: PlacedPlan, table: Table, { key, locked }: Keyed): void {
  const { p, sheet } = placed;
  const depth = leadingKey(table, key).length;
  putTouched(placed, table, { key, depth, locked });
  const cells = putCells({ p }, table, { columns: table.key, row: key });
  sheet.put(`w_delete_${table.name}_${depth}`, cells, () => deletions(table, depth));
}

function putUpdate(
  placed: PlacedPlan,
  table: Table,
  { key, set, locked }: Keyed & { readonly set: object },
): void {
  const { p, sheet } = placed;
  const columns = inOrder(changedColumns(table, set));
  if (columns.length === 0) return;
  checkKey(table, key);
  putTouched(placed, table, { key, depth: table.key.length, locked });
  const cells = putCells({ p }, table, { columns: table.key, row: key });
  const shape = `w_update_${table.name} ${columns.map(({ field }) => field).join()}`;
  sheet.put(shape, putCells(cells, table, { columns, row: set }), () => updates(table, columns));
}

interface Counted {
  readonly runs: RunChanges;
  readonly locked: LockedRows;
  readonly counters: readonly CounterPlace[];
}

function putCounter(placed: PlacedPlan, write: CounterWrite, of: Counted): CounterPlace {
  const { p, sheet, schema } = placed;
  const table = knownTable(schema, write.table);
  const column = counterColumn(table, write);
  checkKey(table, write.key);
  if (write.table === "runs") {
    const { id } = write.key as { readonly id: RunId };
    of.runs.add(id, column, write.by);
    return { table: "runs", runId: id, field: column.field };
  }
  const i = of.counters.length;
  putTouched(placed, table, { key: write.key, depth: table.key.length, locked: of.locked });
  const cells = putCells({ p, i, n: write.by }, table, { columns: table.key, row: write.key });
  sheet.put(`w_count_${column.field}`, cells, (schema) => stageCounters(schema, column));
  return { table: "stages", i };
}

const OPEN = ["blocked", "ready", "running", "suspended"];

function putSet({ p, sheet, schema }: PlacedPlan, write: SetWrite): void {
  const excepted = (write.except ?? []).filter(({ runId }) => runId === write.runId);
  const cells: Cells = { p, r: write.runId, ex: excepted.map(tupleOf) };
  if (write.op === "closeWaits") {
    sheet.put("s_waits", cells, waitClosings);
    return;
  }
  const { stages } = schema.tables;
  const columns = inOrder(changedColumns(stages, write.set));
  const { raiseFence, where } = write;
  if (columns.length === 0 && !raiseFence) return;
  if (where.status) cells.st = where.status;
  // Stages that have ended move with their run's rev alone.
  if (where.status?.every((status) => OPEN.includes(status))) cells.open = true;
  if (where.held !== undefined) cells.held = where.held;
  if (where.holdReason !== undefined) cells.hr = where.holdReason;
  const row = putCells(cells, stages, { columns, row: write.set });
  const key = `s_stages ${columns.map(({ field }) => field).join()} ${raiseFence ?? false}`;
  sheet.put(key, row, (of) => stageSets(of, columns, raiseFence));
}

const tupleOf = ({ stageId, mapIndex, generation }: StageKey): readonly unknown[] => [
  stageId,
  mapIndex,
  generation,
];
