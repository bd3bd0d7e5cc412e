import type { WantedBar } from "./wanted-bar.ts";

const flat = (title: string, workload: WantedBar["workload"], id: string): WantedBar => ({
  title,
  unit: "×",
  bound: "at most",
  wanted: 1.1,
  workload,
  id,
});

/** What must not grow with what a server holds already, whichever server it is. */
export const FLAT_BARS: readonly WantedBar[] = [
  flat("cost of steps 9,901–10,000 beside steps 1–100", "long-run", "growth.10000"),
  flat("claim among 100,000 ready runs of other workflows", "claims", "claim.ready.growth"),
  flat("claim among 1,000,000 finished runs", "claims", "claim.finished.growth"),
  flat("1-step run among 100,000 ready runs of other workflows", "claims", "run.ready.growth"),
  flat("1-step run among 1,000,000 finished runs", "claims", "run.finished.growth"),
];
