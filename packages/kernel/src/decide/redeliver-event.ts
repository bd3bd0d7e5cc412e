import type { CommitPlan } from "../state/plan.ts";
import type { DeadLetterRow } from "../state/records.ts";
import type { Operator } from "./audit.ts";
import { decideResolveLetter } from "./resolve-letter.ts";

/** The sink took the event after all: its letter is dealt with. The run's cursor is past it. */
export const decideRedelivered = (letter: DeadLetterRow, operator: Operator): CommitPlan =>
  decideResolveLetter(letter, "replayed", operator);
