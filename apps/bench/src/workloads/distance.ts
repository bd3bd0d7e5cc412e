import { percentileOf } from "../statistics/spread.ts";
import { latencies } from "./latency.ts";
import { openOn, type Workload } from "./workload.ts";

const STEPS = [1, 5] as const;
const RUNS = 50;
const QUICK_RUNS = 3;

/** From start to result of a run that has the engine for itself, with a network to the database. */
export const distance: Workload = {
  name: "distance",
  figures: STEPS.map((steps) => ({
    id: `steps${steps}`,
    title: `${steps} ${steps === 1 ? "step" : "steps"}, start to result, database 2 ms away, p50`,
    unit: "ms",
    better: "less",
    quick: `of ${QUICK_RUNS} runs`,
  })),
  engines: ["pawl", "bare", "openworkflow", "dbos", "dbos-in-process"],
  synchronous: ["on"],
  async measure(bench) {
    const engine = await openOn(bench, { place: bench.atADistance(await bench.newPlace()) });
    const runs = bench.quick ? QUICK_RUNS : RUNS;
    await latencies(engine, { steps: 1, runs: bench.quick ? 1 : 10 });
    const figures: Record<string, number> = {};
    for (const steps of STEPS) {
      figures[`steps${steps}`] = percentileOf(await latencies(engine, { steps, runs }), 50);
    }
    await engine.close();
    return { figures };
  },
};
