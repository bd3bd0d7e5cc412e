import type { Commands } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { DeadLetterRow } from "../state/records.ts";

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

/** A letter of this namespace. */
export async function findLetter(engine: Engine, id: string): Promise<DeadLetterRow> {
  const letter = await engine.persistence.query.get("deadLetters", { id });
  if (letter && letter.namespace === engine.namespace) return letter;
  throw new EngineError("E_ROW_UNKNOWN", `There is no dead letter ${JSON.stringify(id)}.`, {
    details: { id },
  });
}
