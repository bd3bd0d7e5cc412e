import type { Rule } from "./rule.ts";
import { commandPairs } from "./rules/command-pairs.ts";
import { kernelDependencies } from "./rules/kernel-dependencies.ts";
import { places } from "./rules/places.ts";
import { portClauses } from "./rules/port-clauses.ts";
import { sizes } from "./rules/sizes.ts";
import { sleeps } from "./rules/sleeps.ts";
import { swallowedConflicts } from "./rules/swallowed-conflicts.ts";
import { unfinished } from "./rules/unfinished.ts";
import { words } from "./rules/words.ts";

/** Every rule under the name of its file and of its canary. */
export const ALL_RULES: Readonly<Record<string, Rule>> = {
  "command-pairs": commandPairs,
  "kernel-dependencies": kernelDependencies,
  places,
  "port-clauses": portClauses,
  sizes,
  sleeps,
  "swallowed-conflicts": swallowedConflicts,
  unfinished,
  words,
};
