import type {
  AttemptRow,
  ClaimedStage,
  ClaimRequest,
  StageRow,
  UpstreamOutput,
  WaitRow,
  WorkerRow,
} from "@pawl/kernel/ports";
import { type ClaimWaitParts, claimWaitParts, rowsOf, settleWaits } from "./claim-waits.ts";
import {
  byClaimRank,
  type Candidate,
  type ClaimConditions,
  claimConditions,
  isClaimable,
} from "./claimable.ts";
import { takesStages } from "./guards.ts";
import { type MemoParts, memoPage, memoParts } from "./memo.ts";
import { allRows, copyOf, getRow, groupRows, putRow, type Tables } from "./tables.ts";

/** What a claim is made of; a mutant of the tests replaces one. */
export interface ClaimParts {
  readonly session: (worker: WorkerRow | undefined, epoch: number, dbNow: number) => boolean;
  readonly conditions: ClaimConditions;
  readonly order: (a: StageRow, b: StageRow) => number;
  readonly limit: (request: ClaimRequest) => number;
  /** The row as the claim leaves it. */
  readonly taken: (stage: StageRow, request: ClaimRequest, dbNow: number) => StageRow;
  readonly waits: ClaimWaitParts;
  readonly upstream: (tables: Tables, stage: StageRow) => readonly UpstreamOutput[];
  readonly openWaits: (tables: Tables, stage: StageRow) => readonly WaitRow[];
  readonly stepAttempts: (tables: Tables, stage: StageRow) => readonly AttemptRow[];
  readonly memo: MemoParts;
}

export const claimParts: ClaimParts = {
  conditions: claimConditions,
  order: byClaimRank,
  waits: claimWaitParts,
  memo: memoParts,
  session: takesStages,
  limit: ({ limit, alone }) => (alone ? Math.min(limit, 1) : limit),
  taken: (stage, { session }, dbNow) => ({
    ...stage,
    status: "running",
    fence: stage.fence + 1,
    session: session.id,
    sessionEpoch: session.epoch,
    wakeAt: null,
    startedAt: stage.startedAt ?? dbNow,
  }),
  upstream: (tables, { runId, reads }) => {
    const stages = groupRows(tables, "stages", { runId });
    return reads.flatMap((stageId) =>
      stages
        .filter((row) => row.stageId === stageId && !row.superseded)
        .toSorted((a, b) => a.mapIndex - b.mapIndex)
        .map(({ mapIndex, status, output }) => ({ stageId, mapIndex, status, output })),
    );
  },
  openWaits: (tables, stage) =>
    rowsOf(tables, "waits", stage).filter(({ outcome }) => outcome === null),
  stepAttempts: (tables, stage) => {
    const recorded = new Set(
      rowsOf(tables, "steps", stage).map(({ key, occurrence }) =>
        JSON.stringify([key, occurrence]),
      ),
    );
    return rowsOf(tables, "attempts", stage).filter(
      ({ step, occurrence, stageAttempt }) =>
        step !== "" &&
        stageAttempt === stage.attempt &&
        !recorded.has(JSON.stringify([step, occurrence])),
    );
  },
};

interface ClaimAt {
  readonly request: ClaimRequest;
  readonly dbNow: number;
}

/** Takes the claimable stages of highest rank in one tick. */
export function claimStages(
  parts: ClaimParts,
  tables: Tables,
  { request, dbNow }: ClaimAt,
): readonly ClaimedStage[] {
  const worker = getRow(tables, "workers", { id: request.session.id });
  if (!parts.session(worker, request.session.epoch, dbNow)) return [];
  return candidates(tables, { request, dbNow })
    .filter((candidate) => isClaimable(parts.conditions, candidate))
    .toSorted((a, b) => parts.order(a.stage, b.stage))
    .slice(0, parts.limit(request))
    .map((candidate) => takeStage(parts, tables, candidate))
    .map((taken) => claimedStage(parts, tables, taken));
}

const candidates = (tables: Tables, at: ClaimAt): readonly Candidate[] =>
  allRows(tables, "stages").flatMap((stage) => {
    const run = getRow(tables, "runs", { id: stage.runId });
    return run ? [{ ...at, stage, run }] : [];
  });

/** A candidate whose stage is the session's now. */
type Taken = Candidate & { readonly lastSeq: number };

function takeStage(parts: ClaimParts, tables: Tables, candidate: Candidate): Taken {
  const { stage, request, dbNow } = candidate;
  const taken = parts.taken(stage, request, dbNow);
  putRow(tables, "stages", taken);
  return {
    ...candidate,
    stage: taken,
    lastSeq: settleWaits(parts.waits, tables, { stage, dbNow }),
  };
}

/** What goes with a stage, read when all of the claim have been taken. */
function claimedStage(
  parts: ClaimParts,
  tables: Tables,
  { stage, run, request, dbNow, lastSeq }: Taken,
): ClaimedStage {
  const bounds = { recordsMax: request.memoRecordsMax, bytesMax: request.memoBytesMax };
  return {
    stage: copyOf(stage),
    run: copyOf(run),
    upstream: parts.upstream(tables, stage),
    memo: memoPage(parts.memo, tables, { stage, afterSeq: 0, bounds }),
    openWaits: parts.openWaits(tables, stage).map(copyOf),
    stepAttempts: parts.stepAttempts(tables, stage).map(copyOf),
    lastSeq,
    session: request.session,
    dbNow,
  };
}
