import type { Graph } from "../define/graph.ts";
import { stageKeyOf, stageKeyText } from "../state/ids.ts";
import type { Write } from "../state/plan.ts";
import type { DeadLetterRow } from "../state/records.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isOpenStage, type StageFacts } from "../state/stage.ts";
import { fromDbNow } from "../state/time.ts";
import type { WaitRow } from "../state/wait.ts";
import { audit, type Operator } from "./audit.ts";
import {
  type Decision,
  draft,
  newEvent,
  type Rejection,
  reject,
  SETTLED,
  updateStage,
} from "./draft.ts";
import { countsAfter, type ReplayCounts } from "./replay-counts.ts";
import { letterGuard, resolveLetter } from "./resolve-letter.ts";
import { startDeadlineOf } from "./stage-rows.ts";

export interface ReplayDeadLetter {
  readonly letter: DeadLetterRow;
  readonly operator: Operator;
  readonly graph: Graph;
  /** Waits of the run that were closed without an answer. */
  readonly closedWaits: readonly WaitRow[];
}

/**
 * Gives a quarantined, held or failed stage a fresh budget. A run that failed with it is
 * reopened with every stage that was cancelled for it; what was skipped because of it is to be
 * reached again, and waits go on where they were. The letter can be replayed once.
 */
export function decideReplayDeadLetter(snapshot: Snapshot, replay: ReplayDeadLetter): Decision {
  const { letter, operator, graph, closedWaits } = replay;
  if (letter.resolvedAt !== null) return SETTLED;
  const { run, stages } = snapshot;
  const stage = stages.find((row) => row.stageId === letter.stageId);
  const refusal = refusalOf(snapshot, letter, stage);
  if (refusal || !stage) return refusal ?? SETTLED;
  const reopens = run.status === "failed";
  const again = stages.filter((row) => reopens && row.status === "cancelled" && row !== stage);
  const skipped = skippedFor(stage, stages, graph);
  const reopened = new Set([stage, ...again].map((row) => stageKeyText(row)));
  const counts = countsAfter({ graph, stages, retried: stage, again, skipped });
  return draft({
    commitId: operator.commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }, letterGuard(letter)],
    writes: [
      ...runWrite(snapshot, counts.sinksPending),
      release(stage),
      ...again.map((row) => reopenStage(row, counts, graph)),
      ...skipped.map((row) => unreach(row, counts)),
      ...counts.recounted.map((row) => updateStage(stageKeyOf(row), pendingOf(row, counts))),
      ...closedWaits.filter((wait) => reopened.has(stageKeyText(wait))).map(reopenWait),
      resolveLetter(letter, "replayed", operator),
      audit(run, "replay", operator),
    ],
    events: [
      ...(reopens
        ? [
            newEvent({
              runId: run.id,
              type: "run.reopened",
              actor: operator.actor,
              data: { blocks: again.filter((row) => counts.waits(row)).map(nameOf) },
            }),
          ]
        : []),
      newEvent({
        runId: run.id,
        type: "stage.retried",
        stage: stageKeyOf(stage),
        actor: operator.actor,
        data: { letter: letter.id, blocks: skipped.map(nameOf) },
      }),
    ],
  });
}

function refusalOf(
  { run }: Snapshot,
  letter: DeadLetterRow,
  stage: StageFacts | undefined,
): Rejection | undefined {
  if (!stage || stage.generation !== letter.generation) {
    return reject("missing", `The stage of dead letter ${letter.id} has been superseded.`);
  }
  if (!isReplayable(stage)) {
    const { stageId, status } = stage;
    return reject("state", `Stage "${stageId}" is ${status} and not held; nothing to replay.`);
  }
  if (run.status === "completed" || run.status === "cancelled") {
    return reject("terminal", `Run ${run.id} has ended as ${run.status}; it can't be replayed.`);
  }
  return undefined;
}

/** Stages behind this one that were skipped because nothing before them was ok. */
function skippedFor(
  stage: StageFacts,
  stages: readonly StageFacts[],
  graph: Graph,
): readonly StageFacts[] {
  const behind = new Set([stage.stageId]);
  for (const id of behind) for (const next of graph.successors.get(id) ?? []) behind.add(next);
  return stages.filter(
    (row) => behind.has(row.stageId) && row.status === "skipped" && row.skipReason === "upstream",
  );
}

const pendingOf = (row: StageFacts, counts: ReplayCounts) => ({
  joinPending: counts.pending(row.stageId),
});

/** Back to waiting for its dependencies. */
const unreach = (row: StageFacts, counts: ReplayCounts): Write =>
  updateStage(stageKeyOf(row), {
    status: "blocked",
    skipReason: null,
    endedAt: null,
    ...pendingOf(row, counts),
  });

const reopenWait = (wait: WaitRow): Write => ({
  op: "update",
  table: "waits",
  key: { ...stageKeyOf(wait), key: wait.key, occurrence: wait.occurrence },
  set: { outcome: null, resolvedAt: null },
});

function runWrite({ run }: Snapshot, sinksPending: number): Write[] {
  const reopening = {
    status: "running",
    outcome: null,
    failure: null,
    endedAt: null,
    deadline: null,
    reopenCount: run.reopenCount + 1,
  } as const;
  const set = {
    ...(run.status === "failed" ? reopening : {}),
    ...(sinksPending === run.sinksPending ? {} : { sinksPending }),
  };
  return Object.keys(set).length === 0
    ? []
    : [{ op: "update", table: "runs", key: { id: run.id }, set }];
}

const release = (stage: StageFacts): Write =>
  updateStage(stageKeyOf(stage), {
    status: "ready",
    held: false,
    holdReason: null,
    suspect: false,
    losses: 0,
    lossesCounted: 0,
    fence: stage.fence + 1,
    attempt: stage.status === "failed" ? stage.attempt + 1 : stage.attempt,
    attemptsForgiven: stage.status === "failed" ? stage.attempt : stage.attempt - 1,
    failure: null,
    availableAt: fromDbNow(),
    claimRank: fromDbNow(),
    endedAt: null,
  });

/**
 * Joins go back to waiting; what had begun may begin again from its records. What had not has as
 * long to start as at first.
 */
function reopenStage(stage: StageFacts, counts: ReplayCounts, graph: Graph): Write {
  const status = counts.waits(stage) ? "blocked" : "ready";
  const node = graph.nodes.get(stage.stageId);
  return updateStage(stageKeyOf(stage), {
    status,
    startDeadline: node ? startDeadlineOf(node, status) : null,
    availableAt: fromDbNow(),
    claimRank: fromDbNow(),
    endedAt: null,
    ...pendingOf(stage, counts),
  });
}

const nameOf = ({ stageId, mapIndex, generation }: StageFacts) => [stageId, mapIndex, generation];

const isReplayable = (stage: StageFacts): boolean =>
  stage.status === "failed" || (stage.held && isOpenStage(stage.status));
