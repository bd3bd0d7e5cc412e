import type { CommitPlan, EpochMs, NewEvent, RunId } from "@pawl/kernel/ports";
import type { Schema, Table } from "./schema.ts";
import { encode, type SqlValue } from "./statement.ts";

/** An event and which one of its run's in this plan it is, from 1. */
export interface PlacedEvent {
  readonly event: NewEvent;
  readonly ordinal: number;
  /** The run is created by the same plan: its revs begin at 1. */
  readonly newRun: boolean;
}

/** Columns, value expressions and values of an insert, to which a guard may be added. */
export interface InsertParts {
  readonly shape: string;
  readonly table: Table;
  readonly values: () => string;
  readonly params: SqlValue[];
}

/** The plan's events, each with its place in the ledger of its run. */
export function placeEvents(plan: CommitPlan): readonly PlacedEvent[] {
  const counts = new Map<RunId, number>();
  const created = createdRuns(plan);
  return plan.events.map((event) => {
    const ordinal = (counts.get(event.runId) ?? 0) + 1;
    counts.set(event.runId, ordinal);
    return { event, ordinal, newRun: created.has(event.runId) };
  });
}

export const createdRuns = (plan: CommitPlan): ReadonlySet<RunId> =>
  new Set(
    plan.writes.flatMap((write) =>
      write.op === "insert" && write.table === "runs" ? [write.row.id] : [],
    ),
  );

/** An event's insert; on a run that is absent its rev is null and the insert fails. */
export function eventParts(
  schema: Schema,
  placed: PlacedEvent,
  commitId: string,
  now: EpochMs,
): InsertParts {
  const table = schema.tables.events;
  const { event, ordinal, newRun } = placed;
  const nextRev = `(SELECT rev FROM ${schema.tables.runs.sql} WHERE id = ?) + ?`;
  const row = { ...event, at: now, commitId };
  return {
    shape: newRun ? "events of a new run" : "events",
    table,
    values: () =>
      table.columns.map((column) => (column.field === "rev" && !newRun ? nextRev : "?")).join(", "),
    params: table.columns.flatMap((column): SqlValue[] => {
      if (column.field !== "rev") {
        return [encode(column, row[column.field as keyof typeof row], now)];
      }
      return newRun ? [ordinal] : [event.runId, ordinal];
    }),
  };
}
