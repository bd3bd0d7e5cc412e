import type { OpenEngine } from "../engines/engine.ts";
import { startMany, untilCompleted } from "../measure/runs.ts";
import { type Bench, OVER_TRANSPORTS, openOn, type Workload } from "./workload.ts";

const RUNS = 2_000;
const QUICK_RUNS = 50;
const quick = `${QUICK_RUNS}`;
/** As much at once as suits the slowest engine best. */
const CONCURRENCY = 200;

/** Many short runs: under the eyes of a live worker, and as a backlog that one finds. */
export const drain: Workload = {
  name: "drain",
  figures: [
    {
      id: "live",
      title: "2,000 runs of 3 steps, worker live: start to last end",
      unit: "runs/s",
      better: "more",
      quick,
    },
    { id: "starts", title: "2,000 starts, no worker", unit: "runs/s", better: "more", quick },
    {
      id: "backlog",
      title: "2,000 runs of 3 steps, drained by a new worker",
      unit: "runs/s",
      better: "more",
      quick,
    },
  ],
  engines: [
    "pawl",
    "bare",
    "openworkflow",
    "dbos",
    "dbos-in-process",
    "restate",
    ...OVER_TRANSPORTS,
  ],
  synchronous: ["FULL", "NORMAL", "on", "1"],
  async measure(bench) {
    const runs = bench.quick ? QUICK_RUNS : RUNS;
    const live = await liveRunsPerS(bench, runs);
    if (!bench.engine.handsOver) return { figures: { live } };
    return { figures: { live, ...(await backlogPerS(bench, runs)) } };
  },
};

async function liveRunsPerS(bench: Bench, runs: number): Promise<number> {
  const engine = await openOn(bench, { concurrency: CONCURRENCY });
  await drained(engine, bench.engine.store === "sqlite" ? runs : Math.ceil(runs / 4));
  const elapsedMs = await drained(engine, runs);
  await engine.close();
  return perSecond(runs, elapsedMs);
}

async function drained(engine: OpenEngine, runs: number): Promise<number> {
  const before = await engine.completed();
  const startedAt = performance.now();
  await startMany(engine, runs);
  await untilCompleted(engine, before + runs);
  return performance.now() - startedAt;
}

async function backlogPerS(bench: Bench, runs: number) {
  const place = await bench.newPlace();
  const starter = await openOn(bench, { place, worker: false });
  const startedAt = performance.now();
  await startMany(starter, runs);
  const starts = perSecond(runs, performance.now() - startedAt);
  await starter.close();
  const openedAt = performance.now();
  const worker = await openOn(bench, { place, concurrency: CONCURRENCY });
  await untilCompleted(worker, runs);
  const backlog = perSecond(runs, performance.now() - openedAt);
  await worker.close();
  return { starts, backlog };
}

const perSecond = (count: number, elapsedMs: number): number => (count * 1_000) / elapsedMs;
