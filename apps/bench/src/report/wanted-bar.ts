import type { EngineName } from "../engines/engine.ts";
import type { WorkloadName } from "../workloads/workload.ts";
import type { Bar } from "./results.ts";

/** A bound that Pawl has to keep on a store, whether it was measured or not. */
export interface WantedBar extends Pick<Bar, "title" | "unit" | "bound" | "wanted"> {
  readonly workload: WorkloadName;
  readonly id: string;
  /** The figure itself is bounded; or Pawl's over that of the best of these. */
  readonly beside?: readonly EngineName[];
}
