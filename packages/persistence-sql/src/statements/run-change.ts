import type { CommitPlan, EpochMs, RunId, StageKey, Write } from "@pawl/kernel/ports";
import { createdRuns, type PlacedEvent } from "./event.ts";
import type { Schema } from "./schema.ts";
import { encodeAll, type Statement } from "./statement.ts";
import { changedColumns, shapeOf } from "./write.ts";

type RunUpdate = Extract<Write, { op: "update"; table: "runs" }>;

/** What a plan does to the row of a run that gets events: one statement, the last of its run. */
export interface RunChange {
  readonly runId: RunId;
  /** How many events. */
  readonly raise: number;
  readonly update: RunUpdate | undefined;
}

/** Changes of the runs that get events and are not created by the same plan. */
export function runChanges(plan: CommitPlan, placed: readonly PlacedEvent[]): readonly RunChange[] {
  const raises = new Map(placed.map(({ event, ordinal }) => [event.runId, ordinal]));
  for (const runId of createdRuns(plan)) raises.delete(runId);
  return [...raises].map(([runId, raise]) => ({
    runId,
    raise,
    update: plan.writes.find(
      (write): write is RunUpdate =>
        write.op === "update" && write.table === "runs" && write.key.id === runId,
    ),
  }));
}

/** Answers the new rev, and with `stage` its facts before it, as `factsStatement` does. */
export function runStatement(
  schema: Schema,
  { runId, raise, update }: RunChange,
  { stage, now }: { readonly stage: StageKey | undefined; readonly now: EpochMs },
): Statement {
  const { runs, stages } = schema.tables;
  const set = update?.set ?? {};
  const columns = changedColumns(runs, set);
  const text = schema.text(`run ${shapeOf(columns)}${stage ? " facts" : ""}`, () => {
    const changes = columns.map(({ sql }) => `${sql} = ?, `).join("");
    const held = `(SELECT held FROM ${stages.sql} WHERE ${stages.byKey})`;
    const answer = stage ? `${held}, inbox, rev` : "rev";
    return `UPDATE ${runs.sql} SET ${changes}rev = rev + ? WHERE id = ? RETURNING ${answer}`;
  });
  const facts = stage ? encodeAll(stages.key, stage, now) : [];
  return { text, params: [...encodeAll(columns, set, now), raise, runId, ...facts] };
}
