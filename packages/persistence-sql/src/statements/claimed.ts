import { type Row, type StageRow, stageKeyText, type UpstreamOutput } from "@pawl/kernel/ports";
import { rowsOf } from "./rows.ts";
import type { Schema } from "./schema.ts";
import type { SqlRow } from "./statement.ts";

/** The order in which stages are claimed. */
export function byRank(a: StageRow, b: StageRow): number {
  return (
    a.claimRank - b.claimRank ||
    compare(a.runId, b.runId) ||
    compare(a.stageId, b.stageId) ||
    a.mapIndex - b.mapIndex
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Rows of a table of stages, looked up by the text of their stage's key. */
export function byStage<T extends "steps" | "waits" | "attempts">(
  schema: Schema,
  name: T,
  rows: readonly SqlRow[],
): (key: string) => readonly Row<T>[] {
  const grouped = new Map<string, Row<T>[]>();
  for (const row of rowsOf(schema, name, rows)) {
    const key = stageKeyText(row);
    const group = grouped.get(key);
    if (group) group.push(row);
    else grouped.set(key, [row]);
  }
  return (key) => grouped.get(key) ?? [];
}

/** Tuples of run and stage id whose outputs stages read. */
export const readsOf = (stages: readonly StageRow[]): readonly (readonly string[])[] =>
  stages.flatMap(({ runId, reads }) => reads.map((stageId) => [runId, stageId]));

/** What `upstreamOutputs` answered, for each stage that reads. */
export function upstreamOf(
  rows: readonly SqlRow[],
): (stage: StageRow) => readonly UpstreamOutput[] {
  const found = new Map<string, UpstreamOutput[]>();
  for (const row of rows) {
    const [runId, stageId, mapIndex, status, output] = row as [
      string,
      string,
      number,
      never,
      never,
    ];
    const place = JSON.stringify([runId, stageId]);
    const outputs = found.get(place);
    const upstream = { stageId, mapIndex, status, output };
    if (outputs) outputs.push(upstream);
    else found.set(place, [upstream]);
  }
  return ({ runId, reads }) =>
    reads.flatMap((stageId) => found.get(JSON.stringify([runId, stageId])) ?? []);
}
