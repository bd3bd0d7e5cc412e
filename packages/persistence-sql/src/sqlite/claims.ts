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
import type { Session } from "./session.ts";

/** Claims stages and reads what each needs to execute, in the transaction that claims them. */
export function claimStages(
  schema: Schema,
  session: Session,
  request: ClaimRequest & { readonly now: EpochMs },
): readonly ClaimedStage[] {
  const { now } = request;
  const claimed = rowsOf(schema, "stages", session.all(claimStatement(schema, request, now)));
  if (claimed.length === 0) return [];
  const keys = stageTuples(claimed);
  session.all(resolveWaits(schema, keys, now));
  const start = { keys, afterSeq: 0, recordsMax: request.memoRecordsMax };
  const runIds = claimed.map(({ runId }) => runId);
  const rows = {
    runs: session.all(claimedRuns(schema, runIds)),
    steps: session.all(memoSteps(schema, start)),
    waits: session.all(memoWaits(schema, start)),
    openWaits: session.all(openWaitsOf(schema, keys)),
    attempts: session.all(openAttempts(schema, attemptsOf(claimed))),
    lastSeqs: session.all(lastSeqs(schema, keys)),
    upstream: readUpstream(schema, session, claimed),
  };
  return claimedStages(schema, { request, claimed, rows, now });
}

const attemptsOf = (claimed: readonly StageRow[]): string =>
  tuples(claimed.map((row) => [row.runId, row.stageId, row.mapIndex, row.generation, row.attempt]));

function readUpstream(
  schema: Schema,
  session: Session,
  claimed: readonly StageRow[],
): readonly SqlRow[] {
  const reads = readsOf(claimed);
  return reads.length === 0 ? [] : session.all(upstreamOutputs(schema, tuples(reads)));
}

/** One page of settled operations of a stage, in `seq` order. */
export function readMemo(
  schema: Schema,
  session: Session,
  asked: { readonly stage: StageKey; readonly afterSeq: number; readonly bounds: MemoBounds },
): MemoPage {
  const { stage, afterSeq, bounds } = asked;
  const start = { keys: stageTuples([stage]), afterSeq, recordsMax: bounds.recordsMax };
  return memoPageOf(
    rowsOf(schema, "steps", session.all(memoSteps(schema, start))),
    rowsOf(schema, "waits", session.all(memoWaits(schema, start))),
    bounds,
  );
}
