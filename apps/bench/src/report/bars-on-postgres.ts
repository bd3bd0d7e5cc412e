import type { EngineName } from "../engines/engine.ts";
import { FLAT_BARS } from "./flat-bars.ts";
import type { WantedBar } from "./wanted-bar.ts";

/** Engines that keep their runs in the same database. */
const ON_POSTGRES: readonly EngineName[] = ["openworkflow", "dbos", "dbos-in-process"];

type Of = readonly [workload: WantedBar["workload"], id: string];

const beside = (
  engines: readonly EngineName[],
  [bound, wanted]: readonly [WantedBar["bound"], number],
  [title, ...[workload, id]]: readonly [title: string, ...Of],
): WantedBar => ({ title, unit: "×", bound, wanted, workload, id, beside: engines });

const atMost = (
  [wanted, unit]: readonly [number, string],
  [title, ...[workload, id]]: readonly [title: string, ...Of],
): WantedBar => ({ title, unit, bound: "at most", wanted, workload, id });

export const POSTGRES_BARS: readonly WantedBar[] = [
  beside(
    ON_POSTGRES,
    ["at least", 6],
    ["runs/s beside the better of DBOS and OpenWorkflow (aim 13)", "drain", "live"],
  ),
  beside(["restate"], ["at least", 2], ["runs/s beside Restate's", "drain", "live"]),
  beside(
    ON_POSTGRES,
    ["at least", 8],
    ["runs/s from a backlog beside the best peer's (aim 15)", "drain", "backlog"],
  ),
  beside(
    [...ON_POSTGRES, "restate"],
    ["at least", 1],
    ["starts/s beside the best peer's (aim 2)", "drain", "starts"],
  ),
  beside(
    ["dbos-in-process"],
    ["at most", 0.9],
    ["latency of 1 step beside DBOS in process, p50 (aim 0.7)", "latency", "steps1.p50"],
  ),
  beside(
    ["dbos-in-process"],
    ["at most", 0.6],
    ["latency of 5 steps beside DBOS in process, p50 (aim 0.4)", "latency", "steps5.p50"],
  ),
  beside(
    ["restate"],
    ["at most", 0.9],
    ["latency of 1 step after silence beside Restate's", "latency", "silence"],
  ),
  beside(
    ["restate"],
    ["at least", 1.33],
    ["steps/s of 1,000 in a row beside Restate's (aim 2)", "long-run", "rate.1000"],
  ),
  beside(
    ON_POSTGRES,
    ["at most", 0.15],
    ["200 parallel steps beside the best peer on PostgreSQL (aim 0.05)", "parallel", "run"],
  ),
  atMost(
    [7, "statements"],
    ["statements per run of 3 steps, one at a time", "server-cost", "alone.statements"],
  ),
  atMost(
    [3, "statements"],
    ["statements per run of 3 steps, loaded", "server-cost", "loaded.statements"],
  ),
  beside(
    ON_POSTGRES,
    ["at most", 0.7],
    ["write-ahead log beside the best peer's, loaded (aim 0.45)", "server-cost", "loaded.bytes"],
  ),
  atMost(
    [30, "ms"],
    ["woken with 1,000 recorded steps: extra time (aim 10)", "long-run", "resume.1000"],
  ),
  atMost([2, "per s"], ["statements of an idle worker", "server-idle", "statements"]),
  atMost([5_000, "ms"], ["SIGKILL to the first step of the successor", "recovery", "successor"]),
  {
    title: "two worker processes ÷ one",
    unit: "×",
    bound: "at least",
    wanted: 1,
    workload: "processes",
    id: "gain",
  },
  beside(
    ["graphile"],
    ["at least", 0.4],
    ["jobs/s beside graphile-worker's, batched", "jobs", "processed"],
  ),
  ...FLAT_BARS,
];
