import type {
  ClaimedStage,
  ClaimRequest,
  EpochMs,
  MemoBounds,
  MemoPage,
  StageKey,
  StageRow,
} from "@pawl/kernel/ports";
import {
  claimedRuns,
  claimStatement,
  openAttempts,
  resolveWaits,
  upstreamOutputs,
} from "../statements/claim.ts";
import { readsOf } from "../statements/claimed.ts";
import { claimedStages } from "../statements/claimed-stages.ts";
import { lastSeqs, memoPageOf, memoSteps, memoWaits, openWaitsOf } from "../statements/memo.ts";
import { rowsOf } from "../statements/rows.ts";
import type { Schema } from "../statements/schema.ts";
import { stageTuples, tuples } from "../statements/stage-tuples.ts";
import type { SqlRow } from "../statements/statement.ts";
import { all, type Work } from "./work.ts";

/** Claims stages and reads what each needs to execute, in the transaction that claims them. */
export function* claimStages(
  schema: Schema,
  request: ClaimRequest & { readonly now: EpochMs },
): Work<readonly ClaimedStage[]> {
  const { now } = request;
  const claimed = rowsOf(schema, "stages", yield* all(claimStatement(schema, request, now)));
  if (claimed.length === 0) return [];
  const keys = stageTuples(claimed);
  yield* all(resolveWaits(schema, keys, now));
  const start = { keys, afterSeq: 0, recordsMax: request.memoRecordsMax };
  const runIds = claimed.map(({ runId }) => runId);
  const rows = {
    runs: yield* all(claimedRuns(schema, runIds)),
    steps: yield* all(memoSteps(schema, start)),
    waits: yield* all(memoWaits(schema, start)),
    openWaits: yield* all(openWaitsOf(schema, keys)),
    attempts: yield* all(openAttempts(schema, attemptsOf(claimed))),
    lastSeqs: yield* all(lastSeqs(schema, keys)),
    upstream: yield* readUpstream(schema, claimed),
  };
  return claimedStages(schema, { request, claimed, rows, now });
}

const attemptsOf = (claimed: readonly StageRow[]): string =>
  tuples(claimed.map((row) => [row.runId, row.stageId, row.mapIndex, row.generation, row.attempt]));

function* readUpstream(schema: Schema, claimed: readonly StageRow[]): Work<readonly SqlRow[]> {
  const reads = readsOf(claimed);
  return reads.length === 0 ? [] : yield* all(upstreamOutputs(schema, tuples(reads)));
}

/** One page of settled operations of a stage, in `seq` order. */
export function* readMemo(
  schema: Schema,
  asked: { readonly stage: StageKey; readonly afterSeq: number; readonly bounds: MemoBounds },
): Work<MemoPage> {
  const { stage, afterSeq, bounds } = asked;
  const start = { keys: stageTuples([stage]), afterSeq, recordsMax: bounds.recordsMax };
  return memoPageOf(
    rowsOf(schema, "steps", yield* all(memoSteps(schema, start))),
    rowsOf(schema, "waits", yield* all(memoWaits(schema, start))),
    bounds,
  );
}
