import { COMMIT_BUGS } from "./commits.ts";
import { CONTROL_BUGS } from "./control.ts";
import { DISPATCH_BUGS } from "./dispatch.ts";
import { EVENT_BUGS } from "./events.ts";
import { OWNERSHIP_BUGS } from "./ownership.ts";
import type { SimulatedBug } from "./planted-bug.ts";
import { RECORD_BUGS } from "./records.ts";
import { START_BUGS } from "./starts.ts";
import { WAIT_BUGS } from "./waits.ts";

/** Every bug that seeds must find. */
export const SIMULATED_BUGS: readonly SimulatedBug[] = [
  ...COMMIT_BUGS,
  ...OWNERSHIP_BUGS,
  ...RECORD_BUGS,
  ...WAIT_BUGS,
  ...CONTROL_BUGS,
  ...EVENT_BUGS,
  ...START_BUGS,
  ...DISPATCH_BUGS,
];
