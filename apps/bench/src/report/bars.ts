import type { Synchronous } from "../engines/engine.ts";
import type { Spread } from "../statistics/spread.ts";
import type { WorkloadName } from "../workloads/workload.ts";
import type { Bar, Figure, Ratio } from "./results.ts";

interface Measured {
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
}

interface Wanted extends Pick<Bar, "title" | "unit" | "bound" | "wanted"> {
  find(measured: Measured, synchronous: Synchronous): Spread | undefined;
}

const WANTED: readonly Wanted[] = [
  {
    title: "runs/s beside OpenWorkflow's (aim 9)",
    unit: "×",
    bound: "at least",
    wanted: 4,
    find: ratio("drain", "live", "openworkflow"),
  },
  {
    title: "latency of 1 step, one run at a time, p50 (aim 3)",
    unit: "ms",
    bound: "at most",
    wanted: 5,
    find: figure("latency", "steps1.p50"),
  },
  {
    title: "latency of 1 step after silence, p50 (aim 3)",
    unit: "ms",
    bound: "at most",
    wanted: 5,
    find: figure("latency", "silence"),
  },
  {
    title: "steps/s of 1,000 in a row beside the bare driver",
    unit: "×",
    bound: "at least",
    wanted: 0.5,
    find: ratio("long-run", "rate.1000", "bare"),
  },
  {
    title: "steps/s of 10,000 in a row beside the bare driver",
    unit: "×",
    bound: "at least",
    wanted: 0.5,
    find: ratio("long-run", "rate.10000", "bare"),
  },
  {
    title: "cost of steps 9,901–10,000 beside steps 1–100",
    unit: "×",
    bound: "at most",
    wanted: 1.1,
    find: figure("long-run", "growth.10000"),
  },
  {
    title: "SIGKILL to the first step of the successor",
    unit: "ms",
    bound: "at most",
    wanted: 5_000,
    find: figure("recovery", "successor"),
  },
];

/** What Pawl has to keep, and whether the medians keep it. */
export const barsOf = (measured: Measured): readonly Bar[] =>
  WANTED.flatMap(({ find, ...wanted }) =>
    (["FULL", "NORMAL"] as const).flatMap((synchronous) => {
      const found = find(measured, synchronous);
      if (!found) return [];
      const { median, min, max } = found;
      const passed =
        wanted.bound === "at least" ? median >= wanted.wanted : median <= wanted.wanted;
      return [{ ...wanted, synchronous, found: { median, min, max }, passed }];
    }),
  );

function ratio(workload: WorkloadName, id: string, to: Ratio["to"]): Wanted["find"] {
  return ({ ratios }, synchronous) =>
    ratios.find(
      (each) =>
        each.workload === workload &&
        each.id === id &&
        each.to === to &&
        each.synchronous === synchronous,
    );
}

function figure(workload: WorkloadName, id: string): Wanted["find"] {
  return ({ figures }, synchronous) =>
    figures.find(
      (each) =>
        each.workload === workload &&
        each.id === id &&
        each.engine === "pawl" &&
        each.synchronous === synchronous,
    );
}
