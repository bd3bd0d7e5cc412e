import type { EngineName } from "../engines/engine.ts";
import type { WantedBar } from "./wanted-bar.ts";

/** Engines that keep their runs in the same database. */
const ON_POSTGRES: readonly EngineName[] = ["openworkflow", "dbos", "dbos-in-process"];

const share = (
  title: string,
  [workload, id]: readonly [WantedBar["workload"], string],
  wanted: number,
): Omit<WantedBar, "bound" | "beside"> => ({ title, unit: "×", wanted, workload, id });

const figure = (
  title: string,
  [workload, id]: readonly [WantedBar["workload"], string],
  [wanted, unit]: readonly [number, string],
): WantedBar => ({ title, unit, bound: "at most", wanted, workload, id });

export const POSTGRES_BARS: readonly WantedBar[] = [
  {
    ...share("runs/s beside the better of DBOS and OpenWorkflow", ["drain", "live"], 6),
    bound: "at least",
    beside: ON_POSTGRES,
  },
  {
    ...share("runs/s beside Restate's", ["drain", "live"], 2),
    bound: "at least",
    beside: ["restate"],
  },
  {
    ...share("runs/s from a backlog beside the best peer's", ["drain", "backlog"], 8),
    bound: "at least",
    beside: ON_POSTGRES,
  },
  {
    ...share("starts/s beside the best peer's", ["drain", "starts"], 1),
    bound: "at least",
    beside: [...ON_POSTGRES, "restate"],
  },
  {
    ...share("latency of 1 step beside DBOS in process, p50", ["latency", "steps1.p50"], 0.9),
    bound: "at most",
    beside: ["dbos-in-process"],
  },
  {
    ...share("latency of 5 steps beside DBOS in process, p50", ["latency", "steps5.p50"], 0.6),
    bound: "at most",
    beside: ["dbos-in-process"],
  },
  {
    ...share("latency of 1 step after silence beside Restate's", ["latency", "silence"], 0.9),
    bound: "at most",
    beside: ["restate"],
  },
  {
    ...share("steps/s of 1,000 in a row beside Restate's", ["long-run", "rate.1000"], 1.33),
    bound: "at least",
    beside: ["restate"],
  },
  {
    ...share("200 parallel steps beside the best peer on PostgreSQL", ["parallel", "run"], 0.15),
    bound: "at most",
    beside: ON_POSTGRES,
  },
  figure(
    "statements per run of 3 steps, one at a time",
    ["server-cost", "alone.statements"],
    [7, "statements"],
  ),
  figure(
    "statements per run of 3 steps, loaded",
    ["server-cost", "loaded.statements"],
    [3, "statements"],
  ),
  {
    ...share(
      "write-ahead log beside the best peer's, loaded",
      ["server-cost", "loaded.bytes"],
      0.7,
    ),
    bound: "at most",
    beside: ON_POSTGRES,
  },
  figure("woken with 1,000 recorded steps: extra time", ["long-run", "resume.1000"], [30, "ms"]),
  figure("statements of an idle worker", ["server-idle", "statements"], [2, "per s"]),
  figure("SIGKILL to the first step of the successor", ["recovery", "successor"], [5_000, "ms"]),
  { ...share("two worker processes ÷ one", ["processes", "gain"], 1), bound: "at least" },
  {
    ...share("jobs/s beside graphile-worker's, batched", ["jobs", "processed"], 0.4),
    bound: "at least",
    beside: ["graphile"],
  },
];
