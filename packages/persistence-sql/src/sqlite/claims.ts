import {
  type ClaimedStage,
  type ClaimRequest,
  type EpochMs,
  type MemoBounds,
  type MemoPage,
  type Row,
  type StageKey,
  type StageRow,
  stageKeyText,
  type UpstreamOutput,
} from "@pawl/kernel/ports";
import {
  claimedRuns,
  claimStatement,
  openAttempts,
  resolveWaits,
  upstreamOutputs,
} from "../statements/claim.ts";
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
  claimed.sort(byRank);
  session.all(resolveWaits(schema, stageTuples(claimed), now));
  return assemble(schema, session, { claimed, request });
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

interface Claimed {
  readonly claimed: readonly StageRow[];
  readonly request: ClaimRequest & { readonly now: EpochMs };
}

function assemble(schema: Schema, session: Session, of: Claimed): readonly ClaimedStage[] {
  const { claimed, request } = of;
  const keys = stageTuples(claimed);
  const { memoRecordsMax: recordsMax, memoBytesMax: bytesMax } = request;
  const start = { keys, afterSeq: 0, recordsMax };
  const attempted = tuples(
    claimed.map((row) => [row.runId, row.stageId, row.mapIndex, row.generation, row.attempt]),
  );
  const runs = new Map(
    rowsOf(
      schema,
      "runs",
      session.all(
        claimedRuns(
          schema,
          claimed.map(({ runId }) => runId),
        ),
      ),
    ).map((run) => [run.id, run]),
  );
  const steps = byStage(schema, "steps", session.all(memoSteps(schema, start)));
  const waits = byStage(schema, "waits", session.all(memoWaits(schema, start)));
  const open = byStage(schema, "waits", session.all(openWaitsOf(schema, keys)));
  const attempts = byStage(schema, "attempts", session.all(openAttempts(schema, attempted)));
  const seqs = new Map(
    session.all(lastSeqs(schema, keys)).map((row) => [keyText(row), Number(row[4])]),
  );
  const outputs = readUpstream(schema, session, claimed);
  return claimed.flatMap((stage): ClaimedStage[] => {
    const run = runs.get(stage.runId);
    if (!run) return [];
    const key = stageKeyText(stage);
    const memo = memoPageOf(steps(key), waits(key), { recordsMax, bytesMax });
    return [
      {
        stage,
        run,
        upstream: stage.reads.flatMap((stageId) => outputs(stage.runId, stageId)),
        memo,
        openWaits: open(key),
        stepAttempts: attempts(key),
        lastSeq: seqs.get(key) ?? 0,
        session: request.session,
        dbNow: request.now,
      },
    ];
  });
}

type Outputs = (runId: string, stageId: string) => readonly UpstreamOutput[];

function readUpstream(schema: Schema, session: Session, claimed: readonly StageRow[]): Outputs {
  const reads = claimed.flatMap(({ runId, reads }) => reads.map((stageId) => [runId, stageId]));
  if (reads.length === 0) return () => [];
  const found = new Map<string, UpstreamOutput[]>();
  for (const row of session.all(upstreamOutputs(schema, tuples(reads)))) {
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
  return (runId, stageId) => found.get(JSON.stringify([runId, stageId])) ?? [];
}

/** Rows of a table of stages, looked up by the text of their stage's key. */
function byStage<T extends "steps" | "waits" | "attempts">(
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

const keyText = (row: SqlRow): string => {
  const [runId, stageId, mapIndex, generation] = row as [string, string, number, number];
  return stageKeyText({ runId, stageId, mapIndex, generation });
};

function byRank(a: StageRow, b: StageRow): number {
  return (
    a.claimRank - b.claimRank ||
    compare(a.runId, b.runId) ||
    compare(a.stageId, b.stageId) ||
    a.mapIndex - b.mapIndex
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
