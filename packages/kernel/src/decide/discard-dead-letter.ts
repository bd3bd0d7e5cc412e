import type { CommitPlan } from "../state/plan.ts";
import type { DeadLetterRow } from "../state/records.ts";
import { isTerminalRun } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isOpenStage } from "../state/stage.ts";
import { audit, type Operator } from "./audit.ts";
import { type Decision, draft, reject, SETTLED } from "./draft.ts";
import { resolveLetter } from "./replay-dead-letter.ts";

/** Marks a letter as dealt with; what it is about stays as it is. */
export const decideDiscardLetter = (letter: DeadLetterRow, operator: Operator): CommitPlan =>
  draft({
    commitId: operator.commitId,
    guards: [
      {
        kind: "version",
        row: { table: "deadLetters", key: { id: letter.id } },
        version: letter.version,
      },
    ],
    writes: [
      resolveLetter(letter, "discarded", operator),
      audit({ id: letter.runId, namespace: letter.namespace }, "discard", operator),
    ],
  });

/** Of a stage that is held in a live run its letter is the only handle, so that one stays. */
export function decideDiscardStageLetter(
  { run, stages: [stage] }: Pick<Snapshot, "run" | "stages">,
  letter: DeadLetterRow,
  operator: Operator,
): Decision {
  if (letter.resolvedAt !== null) return SETTLED;
  const holds = stage?.held === true && stage.holdReason !== "paused" && isOpenStage(stage.status);
  if (!holds || isTerminalRun(run.status)) return decideDiscardLetter(letter, operator);
  return reject(
    "state",
    `Stage "${stage.stageId}" of run ${run.id} is held (${stage.holdReason}) and nothing else ` +
      `moves it on. Replay dead letter ${letter.id} with deadletter.replay, or cancel the run ` +
      "with run.cancel.",
  );
}
