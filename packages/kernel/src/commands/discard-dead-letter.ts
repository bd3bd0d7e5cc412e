import { decideDiscardDeadLetter } from "../decide/discard-dead-letter.ts";
import { decideResolveLetter } from "../decide/resolve-letter.ts";
import { changeRun } from "../engine/change-run.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { DeadLetterRow } from "../state/records.ts";
import { operatorOf } from "./control-run.ts";
import { findLetter } from "./dead-letters.ts";

/**
 * Marks a letter as dealt with; its stage stays as it is.
 *
 * @throws EngineError E_STATE_INVALID for one whose stage is still held in a live run
 */
export async function discardDeadLetter(
  engine: Engine,
  command: Commands["deadletter.discard"][0],
): Promise<{ discarded: boolean }> {
  const letter = await findLetter(engine, command.id);
  if (letter.resolvedAt !== null) return { discarded: false };
  const stage = stageOf(letter);
  if (!stage) {
    const plan = decideResolveLetter(letter, "discarded", operatorOf(engine, command));
    return { discarded: (await engine.commits.commit(plan)).ok };
  }
  const { committed } = await changeRun(engine, {
    runId: stage.runId,
    need: { stages: [stage] },
    decide: async (snapshot) => {
      const fresh = await findLetter(engine, command.id);
      return decideDiscardDeadLetter(snapshot, fresh, operatorOf(engine, command));
    },
  });
  return { discarded: committed !== undefined };
}

function stageOf({ kind, runId, stageId, mapIndex, generation }: DeadLetterRow) {
  if (kind !== "stage" || runId === null || stageId === null) return undefined;
  return { runId, stageId, mapIndex: mapIndex ?? 0, generation: generation ?? 0 };
}
