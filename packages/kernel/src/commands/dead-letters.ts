import { audit } from "../decide/audit.ts";
import { draft } from "../decide/draft.ts";
import { resolveLetter } from "../decide/replay-dead-letter.ts";
import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { DeadLetterRow } from "../state/records.ts";
import { operatorOf } from "./control-run.ts";

/** Open dead letters, newest last; with `resolved`, those already dealt with. */
export const listDeadLetters = (
  engine: Engine,
  command: Commands["deadletter.list"][0],
): Promise<readonly DeadLetterRow[]> =>
  engine.persistence.query.find({
    table: "deadLetters",
    where: {
      namespace: engine.namespace,
      resolvedAt: { isNull: command.resolved !== true },
      ...(command.kind ? { kind: command.kind } : {}),
    },
    limit: command.limit ?? 100,
    ...(command.after ? { after: [command.after] } : {}),
  });

/** Marks a letter as dealt with; its stage stays as it is. */
export async function discardDeadLetter(
  engine: Engine,
  command: Commands["deadletter.discard"][0],
): Promise<{ discarded: boolean }> {
  const letter = await findLetter(engine, command.id);
  if (letter.resolvedAt !== null) return { discarded: false };
  const { id, version, runId, namespace } = letter;
  const operator = operatorOf(engine, command);
  const result = await engine.commits.commit(
    draft({
      commitId: operator.commitId,
      guards: [{ kind: "version", row: { table: "deadLetters", key: { id } }, version }],
      writes: [
        resolveLetter(letter, "discarded", operator),
        audit({ id: runId, namespace }, "discard", operator),
      ],
    }),
  );
  return { discarded: result.ok };
}

/** A letter of this namespace. */
export async function findLetter(engine: Engine, id: string): Promise<DeadLetterRow> {
  const letter = await engine.persistence.query.get("deadLetters", { id });
  if (letter && letter.namespace === engine.namespace) return letter;
  throw new EngineError("E_ROW_UNKNOWN", `There is no dead letter ${JSON.stringify(id)}.`, {
    details: { id },
  });
}
