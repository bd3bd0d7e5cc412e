import { startMany, untilCompleted } from "../measure/runs.ts";
import { openOn, TRANSPORTS, type Workload } from "./workload.ts";

const JOBS = 10_000;
const QUICK_JOBS = 100;
const quick = `${QUICK_JOBS}`;
const CONCURRENCY = 200;

/** Runs without steps beside queues that know nothing else. */
export const jobs: Workload = {
  name: "jobs",
  figures: [
    { id: "adds", title: "10,000 jobs added, no worker", unit: "jobs/s", better: "more", quick },
    {
      id: "processed",
      title: "10,000 jobs without steps, drained by a new worker",
      unit: "jobs/s",
      better: "more",
      quick,
    },
  ],
  engines: ["pawl", "pg-boss", "graphile", "bullmq", "bullmq-postgres", ...TRANSPORTS],
  synchronous: ["on", "1"],
  async measure(bench) {
    const place = await bench.newPlace();
    const count = bench.quick ? QUICK_JOBS : JOBS;
    const starter = await openOn(bench, { place, worker: false });
    const startedAt = performance.now();
    await startMany(starter, count, 0);
    const adds = perSecond(count, startedAt);
    await starter.close();
    const openedAt = performance.now();
    const worker = await openOn(bench, { place, concurrency: CONCURRENCY });
    await untilCompleted(worker, count);
    const processed = perSecond(count, openedAt);
    await worker.close();
    return { figures: { adds, processed } };
  },
};

const perSecond = (count: number, sinceMs: number): number =>
  (count * 1_000) / (performance.now() - sinceMs);
