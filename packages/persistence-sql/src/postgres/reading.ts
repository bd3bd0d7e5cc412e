import type {
  MemoBounds,
  MemoPage,
  RunId,
  Snapshot,
  SnapshotNeed,
  StageKey,
  SweepReport,
  SweepRequest,
} from "@pawl/kernel/ports";
import { snapshotReads } from "../statements/load.ts";
import { memoPageOf, memoSteps, memoWaits } from "../statements/memo.ts";
import { rowsOf } from "../statements/rows.ts";
import { stageTuples } from "../statements/stage-tuples.ts";
import type { Read } from "../statements/statement.ts";
import { sweepReport, sweepStatement } from "../statements/sweep.ts";
import type { PostgresCall } from "./postgres-call.ts";
import { type Answers, answersOf, together } from "./together.ts";

const read = async (
  { schema, session, now }: PostgresCall,
  reads: readonly Read[],
): Promise<Answers> => answersOf(await session.repeat(together(schema, reads, now())));

/** One consistent view of a run, by one statement. */
export async function loadSnapshot(
  call: PostgresCall,
  runId: RunId,
  need: SnapshotNeed,
): Promise<Snapshot | undefined> {
  const { statements, answer } = snapshotReads(call.schema, runId, need);
  const { rows, now } = await read(call, statements);
  return answer(rows, now);
}

/** One page of settled operations of a stage, in `seq` order. */
export async function readMemo(
  call: PostgresCall,
  asked: { readonly stage: StageKey; readonly afterSeq: number; readonly bounds: MemoBounds },
): Promise<MemoPage> {
  const { stage, afterSeq, bounds } = asked;
  const { schema } = call;
  const start = { keys: stageTuples([stage]), afterSeq, recordsMax: bounds.recordsMax };
  const { rows } = await read(call, [memoSteps(schema, start), memoWaits(schema, start)]);
  const [steps = [], waits = []] = rows;
  return memoPageOf(rowsOf(schema, "steps", steps), rowsOf(schema, "waits", waits), bounds);
}

/** What needs attention, of all kinds asked for, by one statement. */
export async function sweep(call: PostgresCall, request: SweepRequest): Promise<SweepReport> {
  const reads = request.kinds.length > 0 ? [sweepStatement(call.schema, request, call.now())] : [];
  const { rows, now } = await read(call, reads);
  return sweepReport(request, rows[0] ?? [], now);
}
