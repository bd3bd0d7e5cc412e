import { setTimeout as after } from "node:timers/promises";
import type { OpenEngine } from "../engines/engine.ts";
import { medianOf, percentileOf } from "../statistics/spread.ts";
import { type FigureSpec, OVER_TRANSPORTS, openOn, type Workload } from "./workload.ts";

const STEPS = [1, 5] as const;
const PERCENTS = [50, 95, 99] as const;
const RUNS = 100;
const QUICK_RUNS = 5;
const SILENCES = { sqlite: 7, postgres: 3, mariadb: 3, transports: 3 } as const;

const QUICK = { quick: `of ${QUICK_RUNS} runs` } as const;

const figure = (id: string, title: string, quick: { quick?: string } = {}): FigureSpec => ({
  id,
  title,
  unit: "ms",
  better: "less",
  ...quick,
});

/** From start to result of a run that has the engine for itself. */
export const latency: Workload = {
  name: "latency",
  figures: [
    ...STEPS.flatMap((steps) =>
      PERCENTS.map((percent) =>
        figure(idOf(steps, percent), `${stepsOf(steps)}, start to result, p${percent}`, QUICK),
      ),
    ),
    figure("silence", "1 step after 1.2–2.6 s of silence, start to result, p50"),
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
    const engine = await openOn(bench);
    const runs = bench.quick ? QUICK_RUNS : RUNS;
    await latencies(engine, { steps: 1, runs: bench.quick ? 2 : 20 });
    const figures: Record<string, number> = {};
    for (const steps of STEPS) {
      const all = await latencies(engine, { steps, runs });
      for (const percent of PERCENTS) figures[idOf(steps, percent)] = percentileOf(all, percent);
    }
    if (bench.engine.durable && !bench.quick) {
      figures.silence = await afterSilence(engine, SILENCES[bench.engine.store]);
    }
    await engine.close();
    return { figures };
  },
};

function idOf(steps: number, percent: number): string {
  return `steps${steps}.p${percent}`;
}

function stepsOf(steps: number): string {
  return steps === 1 ? "1 step" : `${steps} steps`;
}

export async function latencies(
  engine: OpenEngine,
  { steps, runs }: { readonly steps: number; readonly runs: number },
): Promise<readonly number[]> {
  const all: number[] = [];
  for (let i = 0; i < runs; i += 1) all.push(await latencyOf(engine, steps));
  return all;
}

async function afterSilence(engine: OpenEngine, runs: number): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < runs; i += 1) {
    await after(1_200 + (1_400 * ((i * 5) % runs)) / (runs - 1));
    all.push(await latencyOf(engine, 1));
  }
  return medianOf(all);
}

export async function latencyOf(engine: OpenEngine, steps: number): Promise<number> {
  const startedAt = performance.now();
  await (await engine.start("sequence", { steps })).result();
  return performance.now() - startedAt;
}
