import { cost } from "./cost.ts";
import { drain } from "./drain.ts";
import { idle } from "./idle.ts";
import { latency } from "./latency.ts";
import { longRun } from "./long-run.ts";
import { parallel } from "./parallel.ts";
import { recovery } from "./recovery.ts";
import type { Workload, WorkloadName } from "./workload.ts";

/** In the order in which they are measured and shown. */
export const WORKLOADS: { readonly [name in WorkloadName]: Workload } = {
  drain,
  latency,
  parallel,
  "long-run": longRun,
  recovery,
  cost,
  idle,
};
