import type { MemoBounds, MemoEntry, MemoPage, StepRow, WaitRow } from "@pawl/kernel/ports";
import { listOf, namesOf, type Schema } from "./schema.ts";
import { sameStage, stageOfTuple } from "./stage-tuples.ts";
import type { Read, Statement } from "./statement.ts";

/** Where a page of the memo begins, for each stage of a list of tuples. */
export interface MemoStart {
  /** Tuples of stage keys. */
  readonly keys: string;
  readonly afterSeq: number;
  readonly recordsMax: number;
}

/** Step records of each stage after a seq, one more than a page holds. */
export const memoSteps = (schema: Schema, start: MemoStart): Read =>
  settledRows(schema, "steps", start);

/** Settled waits of each stage after a seq, one more than a page holds. */
export const memoWaits = (schema: Schema, start: MemoStart): Read =>
  settledRows(schema, "waits", start);

/** Waits of each stage that have no outcome. */
export function openWaitsOf(schema: Schema, keys: string): Statement {
  const { waits } = schema.tables;
  const text = schema.text(
    "open waits",
    () =>
      `SELECT ${listOf(waits.columns, "w.")} FROM ${schema.dialect.tuplesOf("k")}` +
      ` JOIN ${waits.sql} w ON ${sameStage(schema, "w", "k")}` +
      ` WHERE w.outcome IS NULL ORDER BY ${listOf(waits.key, "w.")}`,
  );
  return { text, params: [keys] };
}

/** Highest seq given in each stage generation, after its key. */
export function lastSeqs(schema: Schema, keys: string): Statement {
  const { steps, waits } = schema.tables;
  const text = schema.text("last seqs", () => {
    const { dialect } = schema;
    const key = stageOfTuple(schema, "k").join(", ");
    const last = (table: string): string =>
      `coalesce((SELECT max(x.seq) FROM ${table} x WHERE ${sameStage(schema, "x", "k")}), 0)`;
    const greatest = dialect.greatest(last(steps.sql), last(waits.sql));
    return `SELECT ${key}, ${greatest} FROM ${dialect.tuplesOf("k")}`;
  });
  return { text, params: [keys] };
}

/** Entries in `seq` order up to the bounds, at least one when there is any. */
export function memoPageOf(
  steps: readonly StepRow[],
  waits: readonly WaitRow[],
  bounds: MemoBounds,
): MemoPage {
  const settled: MemoEntry[] = [
    ...steps.map((step) => ({ type: "step" as const, seq: step.seq, step })),
    ...waits.map((wait) => ({ type: "wait" as const, seq: wait.seq ?? 0, wait })),
  ];
  settled.sort((a, b) => a.seq - b.seq);
  const entries: MemoEntry[] = [];
  let bytes = 0;
  for (const entry of settled) {
    bytes += bytesOf(entry);
    const full = entries.length >= bounds.recordsMax || bytes > bounds.bytesMax;
    if (full && entries.length > 0) break;
    entries.push(entry);
  }
  const last = entries.at(-1);
  return last && entries.length < settled.length ? { entries, next: last.seq } : { entries };
}

const bytesOf = (entry: MemoEntry): number =>
  (entry.type === "step" ? entry.step.output : entry.wait.value)?.length ?? 0;

function settledRows(schema: Schema, name: "steps" | "waits", start: MemoStart): Read {
  const table = schema.tables[name];
  const text = schema.text(`memo ${name}`, () => {
    const rest = `WHERE ${sameStage(schema, "x", "k")} AND x.seq > ? ORDER BY x.seq LIMIT ?`;
    return (
      `SELECT ${listOf(table.columns, "m.")} FROM ${schema.dialect.tuplesOf("k")} ` +
      schema.dialect.firstOf({ table: table.sql, alias: "x", as: "m", rest })
    );
  });
  const params = [start.keys, start.afterSeq, start.recordsMax + 1];
  return { text, params, columns: namesOf(table.columns) };
}
