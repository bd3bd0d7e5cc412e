import type { CommitPlan, RunId, Write } from "@pawl/kernel/ports";
import { isSetWrite } from "@pawl/kernel/ports";
import type { Schema, Table } from "../statements/schema.ts";
import type { Sheet } from "./sheet.ts";

/** A plan on its way to the sheet of its batch. */
export interface PlacedPlan {
  readonly schema: Schema;
  readonly sheet: Sheet;
  readonly plan: CommitPlan;
  /** Its place in the batch. */
  readonly p: number;
  /** False for a later part of a plan: the first has the row by which all is recognised. */
  readonly evidence: boolean;
  readonly waitsForKeys: boolean;
}

/** Rows that a plan's guards lock, so that a write of them needs no lock of its own. */
export class LockedRows {
  readonly #rows = new Set<string>();

  add(table: Table, key: object): void {
    this.#rows.add(textOf(table, key));
  }

  has(table: Table, key: object): boolean {
    return this.#rows.has(textOf(table, key));
  }
}

const textOf = (table: Table, key: object): string => {
  const values = key as Readonly<Record<string, unknown>>;
  let text: string = table.name;
  // No text that a row holds has a NUL in it.
  for (const { field } of table.key) text += `\u0000${values[field]}`;
  return text;
};

/**
 * A plan that adds records to stages that it guards and changes nothing: many of one stage, and
 * of one run, exclude neither each other nor those of other stages.
 */
export const addsRecordsOnly = ({ guards, writes, ...rest }: CommitPlan): boolean =>
  rest.events.length + rest.intents.length + rest.dispatch.length === 0 &&
  guards.every((guard) => guard.kind === "stage") &&
  writes.every(isRecord);

const isRecord = (write: Write): boolean =>
  !isSetWrite(write) &&
  write.op === "insert" &&
  (write.table === "steps" || write.table === "attempts");

/** Runs that get events, but are neither guarded nor created by the plan. */
export function unguardedRuns(plan: CommitPlan, created: ReadonlySet<RunId>): readonly RunId[] {
  const guarded = plan.guards.flatMap((guard) =>
    guard.kind === "rev" || guard.kind === "live" ? [guard.runId] : [],
  );
  const told = new Set(plan.events.map(({ runId }) => runId));
  return [...told].filter((runId) => !created.has(runId) && !guarded.includes(runId));
}
