import type { DeadLetterRow } from "../state/records.ts";
import { isTerminalRun } from "../state/run.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isOpenStage } from "../state/stage.ts";
import type { Operator } from "./audit.ts";
import { type Decision, reject, SETTLED } from "./draft.ts";
import { decideResolveLetter } from "./resolve-letter.ts";

/** Of a stage that is held in a live run its letter is the only handle, so that one stays. */
export function decideDiscardDeadLetter(
  { run, stages: [stage] }: Pick<Snapshot, "run" | "stages">,
  letter: DeadLetterRow,
  operator: Operator,
): Decision {
  if (letter.resolvedAt !== null) return SETTLED;
  const holds = stage?.held === true && stage.holdReason !== "paused" && isOpenStage(stage.status);
  if (!holds || isTerminalRun(run.status)) {
    return decideResolveLetter(letter, "discarded", operator);
  }
  return reject(
    "state",
    `Stage "${stage.stageId}" of run ${run.id} is held (${stage.holdReason}) and nothing else ` +
      `moves it on. Replay dead letter ${letter.id} with deadletter.replay, or cancel the run ` +
      "with run.cancel.",
  );
}
