import type { MemoBounds, MemoPage, StageKey } from "@pawl/kernel/ports";
import { memoPageOf } from "../statements/memo.ts";
import { rowsOf } from "../statements/rows.ts";
import { listOf, type Schema } from "../statements/schema.ts";
import { sameStage } from "../statements/stage-tuples.ts";
import { encodeAll, type SqlRow, type Statement } from "../statements/statement.ts";
import type { Session } from "./session.ts";
import type { MysqlStore } from "./store.ts";

interface Memo {
  readonly name: "steps" | "waits";
  readonly stages: readonly StageKey[];
  readonly afterSeq: number;
  readonly recordsMax: number;
}

/** Settled rows of each stage after a seq, one more than a page holds. */
export async function memoOf(
  { schema }: MysqlStore,
  session: Session,
  memo: Memo,
): Promise<readonly SqlRow[]> {
  const statements = memo.stages.map((stage) => settledRows(schema, stage, memo));
  return (await session.allOf(statements)).flat();
}

export function settledRows(schema: Schema, stage: StageKey, memo: Memo): Statement {
  const { stages, [memo.name]: table } = schema.tables;
  const text = schema.text(
    `memo ${memo.name}`,
    () =>
      `SELECT ${listOf(table.columns)} FROM ${table.sql}` +
      `${schema.dialect.using(schema.index(`${memo.name}_seq`))}` +
      ` WHERE ${stages.byKey} AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const key = encodeAll(stages.key, stage, 0);
  return { text, params: [...key, memo.afterSeq, memo.recordsMax + 1] };
}

/** Waits of stages, given as tuples, that have no seq. */
export function unsettledWaits(schema: Schema, keys: string): Statement {
  const { waits } = schema.tables;
  const text = schema.text(
    "unsettled waits",
    () =>
      `SELECT ${listOf(waits.columns, "w.")} FROM ${schema.dialect.tuplesOf("k")}` +
      ` STRAIGHT_JOIN ${waits.sql} w ON ${sameStage(schema, "w", "k")}` +
      ` WHERE w.seq IS NULL ORDER BY ${listOf(waits.key, "w.")}`,
  );
  return { text, params: [keys] };
}

/** One page of settled operations of a stage, in `seq` order. */
export async function readMemo(
  store: MysqlStore,
  session: Session,
  asked: { readonly stage: StageKey; readonly afterSeq: number; readonly bounds: MemoBounds },
): Promise<MemoPage> {
  const { stage, afterSeq, bounds } = asked;
  const memo = { stages: [stage], afterSeq, recordsMax: bounds.recordsMax };
  const [steps = [], waits = []] = await session.reading([
    settledRows(store.schema, stage, { name: "steps", ...memo }),
    settledRows(store.schema, stage, { name: "waits", ...memo }),
  ]);
  return memoPageOf(
    rowsOf(store.schema, "steps", steps),
    rowsOf(store.schema, "waits", waits),
    bounds,
  );
}
