import type { CommitPlan, Guard, Write } from "../state/plan.ts";
import type { DeadLetterRow } from "../state/records.ts";
import { fromDbNow } from "../state/time.ts";
import { audit, type Operator } from "./audit.ts";
import { draft } from "./draft.ts";

export type LetterResolution = NonNullable<DeadLetterRow["resolution"]>;

const VERB_OF: Readonly<Record<LetterResolution, string>> = {
  replayed: "replay",
  discarded: "discard",
};

/** Marks a letter as dealt with; what it is about stays as it is. */
export const decideResolveLetter = (
  letter: DeadLetterRow,
  resolution: LetterResolution,
  operator: Operator,
): CommitPlan =>
  draft({
    commitId: operator.commitId,
    guards: [letterGuard(letter)],
    writes: [
      resolveLetter(letter, resolution, operator),
      audit({ id: letter.runId, namespace: letter.namespace }, VERB_OF[resolution], operator),
    ],
  });

export const letterGuard = ({ id, version }: DeadLetterRow): Guard => ({
  kind: "version",
  row: { table: "deadLetters", key: { id } },
  version,
});

export const resolveLetter = (
  letter: DeadLetterRow,
  resolution: LetterResolution,
  { actor }: Operator,
): Write => ({
  op: "update",
  table: "deadLetters",
  key: { id: letter.id },
  set: { resolution, actor, resolvedAt: fromDbNow(), version: letter.version + 1 },
});
