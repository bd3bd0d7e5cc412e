import { medianOf } from "../statistics/spread.ts";
import { openOn, type Workload } from "./workload.ts";

const STEPS = 200;

/** One run whose steps all begin at once. */
export const parallel: Workload = {
  name: "parallel",
  figures: [
    {
      id: "run",
      title: `${STEPS} parallel steps, start to result`,
      unit: "ms",
      better: "less",
    },
  ],
  engines: ["pawl", "bare", "openworkflow", "dbos", "dbos-in-process", "restate"],
  synchronous: ["FULL", "NORMAL", "on", "1"],
  async measure(bench) {
    const engine = await openOn(bench);
    const elapsedMs: number[] = [];
    for (let i = 0; i < (bench.quick ? 2 : 12); i += 1) {
      const startedAt = performance.now();
      await (await engine.start("fanOut", { steps: STEPS })).result();
      elapsedMs.push(performance.now() - startedAt);
    }
    await engine.close();
    const warm = elapsedMs.slice(bench.quick ? 0 : 2);
    return { figures: { run: medianOf(warm) } };
  },
};
