import type {
  ClaimRequest,
  Row,
  RunRow,
  StageRow,
  StepRow,
  UpstreamOutput,
  WaitRow,
} from "@pawl/kernel/ports";
import { claimedRuns, openAttempts, upstreamOutputs } from "../statements/claim.ts";
import { byStage, readsOf, upstreamOf } from "../statements/claimed.ts";
import { rowsOf } from "../statements/rows.ts";
import { stageTuples, tuples } from "../statements/stage-tuples.ts";
import type { SqlRow, Statement } from "../statements/statement.ts";
import { memoOf, unsettledWaits } from "./memo.ts";
import type { Session } from "./session.ts";
import type { MysqlStore } from "./store.ts";

/** A stage under lock, as it stands before the claim. */
export interface LockedStage {
  readonly row: StageRow;
  /** Highest seqs of its steps and waits; 0 without any. */
  readonly lastStep: number;
  readonly lastWait: number;
  /** Waits without a seq. */
  readonly unsettled: number;
}

type OfStage<T> = (key: string) => readonly T[];

/** What claimed stages need to execute, by the text of their keys. */
export interface ClaimReads {
  readonly runs: ReadonlyMap<string, RunRow>;
  readonly steps: OfStage<StepRow>;
  readonly settled: OfStage<WaitRow>;
  readonly unsettled: OfStage<WaitRow>;
  readonly attempts: OfStage<Row<"attempts">>;
  readonly upstream: (stage: StageRow) => readonly UpstreamOutput[];
}

/** Reads of a claim; those that can't find anything are left out. */
export async function readClaimed(
  store: MysqlStore,
  session: Session,
  claim: { readonly stages: readonly LockedStage[]; readonly request: ClaimRequest },
): Promise<ClaimReads> {
  const { stages, request } = claim;
  const { schema } = store;
  const rows = stages.map(({ row }) => row);
  const start = { afterSeq: 0, recordsMax: request.memoRecordsMax };
  const withSteps = stages.filter(({ lastStep }) => lastStep > 0).map(({ row }) => row);
  const withWaits = stages.filter(({ lastWait }) => lastWait > 0).map(({ row }) => row);
  const unsettled = stages.filter((one) => one.unsettled > 0).map(({ row }) => row);
  const begun = rows.filter(({ fence, attempt }) => fence > 0 || attempt > 1);
  const attempted = tuples(
    begun.map((row) => [row.runId, row.stageId, row.mapIndex, row.generation, row.attempt]),
  );
  const reads = readsOf(rows);
  const some = (present: boolean, statement: () => Statement): Promise<readonly SqlRow[]> =>
    present ? session.all(statement()) : Promise.resolve([]);
  const runIds = rows.map(({ runId }) => runId);
  const [runs, steps, settled, waits, attempts, upstream] = await Promise.all([
    session.all(claimedRuns(schema, runIds)),
    memoOf(store, session, { name: "steps", stages: withSteps, ...start }),
    memoOf(store, session, { name: "waits", stages: withWaits, ...start }),
    some(unsettled.length > 0, () => unsettledWaits(schema, stageTuples(unsettled))),
    some(begun.length > 0, () => openAttempts(schema, attempted)),
    some(reads.length > 0, () => upstreamOutputs(schema, tuples(reads))),
  ]);
  return {
    runs: new Map(rowsOf(schema, "runs", runs).map((run) => [run.id, run])),
    steps: byStage(schema, "steps", steps),
    settled: byStage(schema, "waits", settled),
    unsettled: byStage(schema, "waits", waits),
    attempts: byStage(schema, "attempts", attempts),
    upstream: upstreamOf(upstream.map((row) => asClaimed(row, rows))),
  };
}

/** An output of a stage that the same claim takes: it may have been read before that. */
function asClaimed(row: SqlRow, claimed: readonly StageRow[]): SqlRow {
  const [runId, stageId, mapIndex, , ...output] = row;
  const taken = claimed.some(
    (stage) =>
      stage.runId === runId &&
      stage.stageId === stageId &&
      stage.mapIndex === mapIndex &&
      !stage.superseded,
  );
  return taken ? [runId, stageId, mapIndex, "running", ...output] : row;
}
