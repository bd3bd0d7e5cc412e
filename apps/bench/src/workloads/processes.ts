import { startMany, untilCompleted } from "../measure/runs.ts";
import { type Bench, OVER_TRANSPORTS, openOn, type Workload, workerOn } from "./workload.ts";

const RUNS = 1_000;
const QUICK_RUNS = 50;
const quick = `${QUICK_RUNS}`;
const CONCURRENCY = 200;

/** Workers in processes of their own, one or two, while another process starts the runs. */
export const processes: Workload = {
  name: "processes",
  figures: [
    {
      id: "one",
      title: "1,000 runs of 3 steps, one worker process beside the starter",
      unit: "runs/s",
      better: "more",
      quick,
    },
    {
      id: "two",
      title: "1,000 runs of 3 steps, two worker processes beside the starter",
      unit: "runs/s",
      better: "more",
      quick,
    },
    { id: "gain", title: "two worker processes ÷ one", unit: "×", better: "more" },
  ],
  engines: ["pawl", "openworkflow", "dbos", ...OVER_TRANSPORTS],
  synchronous: ["on", "1"],
  async measure(bench) {
    const one = await runsPerS(bench, ["worker-1"]);
    const two = await runsPerS(bench, ["worker-1", "worker-2"]);
    return { figures: { one, two, gain: two / one } };
  },
};

async function runsPerS(bench: Bench, identities: readonly string[]): Promise<number> {
  const place = await bench.newPlace();
  const runs = bench.quick ? QUICK_RUNS : RUNS;
  const warmUp = runs / 10;
  const starter = await openOn(bench, { place, worker: false });
  const workers = identities.map((identity) =>
    workerOn(bench, place, { identity, concurrency: CONCURRENCY }),
  );
  try {
    await Promise.all(workers.map((worker) => worker.next("opened")));
    await startMany(starter, warmUp);
    await untilCompleted(starter, warmUp);
    const startedAt = performance.now();
    await startMany(starter, runs);
    await untilCompleted(starter, warmUp + runs);
    return (runs * 1_000) / (performance.now() - startedAt);
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
    await starter.close();
  }
}
