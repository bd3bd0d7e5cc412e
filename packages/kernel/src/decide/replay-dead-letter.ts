import { stageKeyOf } from "../state/ids.ts";
import type { Write } from "../state/plan.ts";
import type { DeadLetterRow } from "../state/records.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isOpenStage, type StageFacts } from "../state/stage.ts";
import { fromDbNow } from "../state/time.ts";
import { audit, type Operator } from "./audit.ts";
import { type Decision, draft, newEvent, reject, SETTLED, updateStage } from "./draft.ts";

/**
 * Gives a quarantined, held or failed stage a fresh budget. A run that failed with it is
 * reopened, with every stage that was cancelled for it. The letter can be replayed once.
 */
export function decideReplayDeadLetter(
  snapshot: Snapshot,
  letter: DeadLetterRow,
  operator: Operator,
): Decision {
  if (letter.resolvedAt !== null) return SETTLED;
  const { run, stages } = snapshot;
  const stage = stages.find((row) => row.stageId === letter.stageId);
  if (!stage || stage.generation !== letter.generation) {
    return reject("missing", `The stage of dead letter ${letter.id} has been superseded.`);
  }
  if (!isReplayable(stage)) {
    return reject(
      "state",
      `Stage "${stage.stageId}" is ${stage.status} and not held; nothing to replay.`,
    );
  }
  if (run.status === "completed" || run.status === "cancelled") {
    return reject("terminal", `Run ${run.id} has ended as ${run.status}; it can't be replayed.`);
  }
  const reopens = run.status === "failed";
  const again = reopens ? stages.filter((row) => row.status === "cancelled") : [];
  return draft({
    commitId: operator.commitId,
    guards: [
      { kind: "rev", runId: run.id, rev: run.rev },
      {
        kind: "version",
        row: { table: "deadLetters", key: { id: letter.id } },
        version: letter.version,
      },
    ],
    writes: [
      ...(reopens ? [reopenRun(snapshot)] : []),
      release(stage),
      ...again.filter((row) => row !== stage).map(reopenStage),
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
              data: { blocks: again.filter(isWaitingJoin).map(nameOf) },
            }),
          ]
        : []),
      newEvent({
        runId: run.id,
        type: "stage.retried",
        stage: stageKeyOf(stage),
        actor: operator.actor,
        data: { letter: letter.id },
      }),
    ],
  });
}

const reopenRun = ({ run }: Snapshot): Write => ({
  op: "update",
  table: "runs",
  key: { id: run.id },
  set: {
    status: "running",
    outcome: null,
    failure: null,
    endedAt: null,
    deadline: null,
    reopenCount: run.reopenCount + 1,
  },
});

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

/** Joins go back to waiting; what had begun may begin again from its records. */
const reopenStage = (stage: StageFacts): Write =>
  updateStage(stageKeyOf(stage), {
    status: isWaitingJoin(stage) ? "blocked" : "ready",
    availableAt: fromDbNow(),
    claimRank: fromDbNow(),
    endedAt: null,
  });

const nameOf = ({ stageId, mapIndex, generation }: StageFacts) => [stageId, mapIndex, generation];

const isWaitingJoin = (stage: StageFacts): boolean => stage.joinPending > 0;

export const resolveLetter = (
  letter: DeadLetterRow,
  resolution: "replayed" | "discarded",
  { actor }: Operator,
): Write => ({
  op: "update",
  table: "deadLetters",
  key: { id: letter.id },
  set: { resolution, actor, resolvedAt: fromDbNow(), version: letter.version + 1 },
});

const isReplayable = (stage: StageFacts): boolean =>
  stage.status === "failed" || (stage.held && isOpenStage(stage.status));
