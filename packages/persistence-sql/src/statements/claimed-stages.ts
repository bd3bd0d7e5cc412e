import {
  type ClaimedStage,
  type ClaimRequest,
  type EpochMs,
  type RunRow,
  type StageRow,
  stageKeyText,
} from "@pawl/kernel/ports";
import { byRank, byStage, upstreamOf } from "./claimed.ts";
import { memoPageOf } from "./memo.ts";
import { rowsOf } from "./rows.ts";
import type { Schema } from "./schema.ts";
import type { SqlRow } from "./statement.ts";

/** Rows that a claim reads, of all stages that it took. */
export interface ClaimRows {
  readonly runs: readonly SqlRow[];
  readonly steps: readonly SqlRow[];
  readonly waits: readonly SqlRow[];
  readonly openWaits: readonly SqlRow[];
  readonly attempts: readonly SqlRow[];
  /** Stage key, then the highest seq of its generation. */
  readonly lastSeqs: readonly SqlRow[];
  /** Run, stage, map index, status and output of what is read. */
  readonly upstream: readonly SqlRow[];
}

export interface Claim {
  readonly request: ClaimRequest;
  readonly claimed: readonly StageRow[];
  readonly rows: ClaimRows;
  readonly now: EpochMs;
}

/**
 * Claimed stages with all that executing them needs, best first.
 *
 * @throws CorruptRowError for a row that can't be what was written
 */
export function claimedStages(schema: Schema, claim: Claim): readonly ClaimedStage[] {
  const { request, rows, now } = claim;
  const bounds = { recordsMax: request.memoRecordsMax, bytesMax: request.memoBytesMax };
  const runs = new Map(rowsOf(schema, "runs", rows.runs).map((run) => [run.id, run]));
  const steps = byStage(schema, "steps", rows.steps);
  const waits = byStage(schema, "waits", rows.waits);
  const open = byStage(schema, "waits", rows.openWaits);
  const attempts = byStage(schema, "attempts", rows.attempts);
  const seqs = new Map(rows.lastSeqs.map((row) => [keyText(row), Number(row[4])]));
  const upstream = upstreamOf(rows.upstream);
  return claim.claimed.toSorted(byRank).flatMap((stage): ClaimedStage[] => {
    const run: RunRow | undefined = runs.get(stage.runId);
    if (!run) return [];
    const key = stageKeyText(stage);
    return [
      {
        stage,
        run,
        upstream: upstream(stage),
        memo: memoPageOf(steps(key), waits(key), bounds),
        openWaits: open(key),
        stepAttempts: attempts(key),
        lastSeq: seqs.get(key) ?? 0,
        session: request.session,
        dbNow: now,
      },
    ];
  });
}

const keyText = (row: SqlRow): string => {
  const [runId, stageId, mapIndex, generation] = row as [string, string, number, number];
  return stageKeyText({ runId, stageId, mapIndex, generation });
};
