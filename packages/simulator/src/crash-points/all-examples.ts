import type { Example } from "./example.ts";
import { GRAPH_EXAMPLES } from "./examples/graphs.ts";
import { LANE_EXAMPLES } from "./examples/lanes.ts";
import { STEP_EXAMPLES } from "./examples/steps.ts";
import { WAIT_EXAMPLES } from "./examples/waits.ts";

/** Every example whose crash points are played, in a fixed order. */
export const EXAMPLES: readonly Example[] = [
  ...STEP_EXAMPLES,
  ...WAIT_EXAMPLES,
  ...LANE_EXAMPLES,
  ...GRAPH_EXAMPLES,
];
