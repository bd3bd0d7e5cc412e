import type { Kind } from "./moves.ts";
import { RUN_MOVES } from "./moves-runs.ts";
import { UPKEEP_MOVES } from "./moves-upkeep.ts";
import { WORK_MOVES } from "./moves-work.ts";

/** Every kind of command that a sequence may have. */
export const MOVES: Readonly<Record<string, Kind>> = {
  ...RUN_MOVES,
  ...WORK_MOVES,
  ...UPKEEP_MOVES,
};
