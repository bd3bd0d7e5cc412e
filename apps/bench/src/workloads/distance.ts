import { startMany, untilCompleted } from "../measure/runs.ts";
import { percentileOf } from "../statistics/spread.ts";
import { latencies } from "./latency.ts";
import { type FigureSpec, openOn, type Workload } from "./workload.ts";

const STEPS = [1, 5] as const;
const SIZES = { latencies: 30, row: 100, runs: 300, warmUps: 10 } as const;
const QUICK_SIZES = { latencies: 3, row: 10, runs: 20, warmUps: 1 } as const;
const CONCURRENCY = 200;
const AWAY = "database 2 ms away";

const latencyFigures: readonly FigureSpec[] = STEPS.map((steps) => ({
  id: `steps${steps}`,
  title: `${steps} ${steps === 1 ? "step" : "steps"}, start to result, ${AWAY}, p50`,
  unit: "ms",
  better: "less",
  quick: `of ${QUICK_SIZES.latencies} runs`,
}));

/** With a network to the database: one run at a time, steps in a row, many runs at once. */
export const distance: Workload = {
  name: "distance",
  figures: [
    ...latencyFigures,
    {
      id: "rate",
      title: `${SIZES.row} steps in a row, ${AWAY}`,
      unit: "steps/s",
      better: "more",
      quick: `${QUICK_SIZES.row}`,
    },
    {
      id: "live",
      title: `${SIZES.runs} runs of 3 steps, worker live: start to last end, ${AWAY}`,
      unit: "runs/s",
      better: "more",
      quick: `${QUICK_SIZES.runs}`,
    },
  ],
  engines: ["pawl", "bare", "openworkflow", "dbos", "dbos-in-process"],
  synchronous: ["on", "1"],
  async measure(bench) {
    const size = bench.quick ? QUICK_SIZES : SIZES;
    const instants: number[] = [];
    const engine = await openOn(bench, {
      place: bench.atADistance(await bench.newPlace()),
      concurrency: CONCURRENCY,
      witness: { entered: () => void instants.push(performance.now()) },
    });
    await latencies(engine, { steps: 1, runs: size.warmUps });
    const figures: Record<string, number> = {};
    for (const steps of STEPS) {
      const all = await latencies(engine, { steps, runs: size.latencies });
      figures[`steps${steps}`] = percentileOf(all, 50);
    }
    instants.length = 0;
    await latencies(engine, { steps: size.row, runs: 1 });
    const rowMs = (instants.at(-1) as number) - (instants[0] as number);
    figures.rate = ((size.row - 1) * 1_000) / rowMs;
    const before = await engine.completed();
    const startedAt = performance.now();
    await startMany(engine, size.runs);
    await untilCompleted(engine, before + size.runs);
    figures.live = (size.runs * 1_000) / (performance.now() - startedAt);
    await engine.close();
    return { figures };
  },
};
