import { setTimeout as after } from "node:timers/promises";
import type { OpenEngine } from "../engines/engine.ts";
import { startMany, untilCompleted } from "../measure/runs.ts";
import { ServerCost } from "../measure/server-cost.ts";
import {
  type Bench,
  type FigureSpec,
  OVER_TRANSPORTS,
  openOn,
  type Sample,
  type Workload,
} from "./workload.ts";

const LOADS = { alone: "one at a time", loaded: "32 starts under way" } as const;
const CONCURRENCY = { alone: 10, loaded: 200 } as const;
const RUNS = { alone: 100, loaded: 1_000 } as const;
const QUICK_RUNS = { alone: 5, loaded: 20 } as const;
type Load = keyof typeof LOADS;

/** What an engine still writes when the last run is completed. */
const SETTLE_MS = 300;

const figuresOf = (load: Load): readonly FigureSpec[] => {
  const of = (id: string, title: string, unit: string): FigureSpec => ({
    id: `${load}.${id}`,
    title: `${title} per run of 3 steps, ${LOADS[load]}`,
    unit,
    better: "less",
    ...(load === "loaded" ? { quick: `${QUICK_RUNS.loaded}` } : {}),
  });
  return [
    of("statements", "statements", "statements"),
    of("bytes", "bytes into the write-ahead log", "bytes"),
  ];
};

/** What runs ask of a server; time plays no part. */
export const serverCost: Workload = {
  name: "server-cost",
  figures: [...figuresOf("alone"), ...figuresOf("loaded")],
  engines: ["pawl", "bare", "openworkflow", "dbos", "dbos-in-process", ...OVER_TRANSPORTS],
  synchronous: ["on", "1"],
  async measure(bench) {
    const runs = bench.quick ? QUICK_RUNS : RUNS;
    const alone = await costOf(bench, "alone", runs.alone);
    const loaded = await costOf(bench, "loaded", runs.loaded);
    return { figures: { ...alone, ...loaded } };
  },
};

async function costOf(bench: Bench, load: Load, runs: number): Promise<Sample["figures"]> {
  const place = await bench.newPlace();
  const engine = await openOn(bench, { place, concurrency: CONCURRENCY[load] });
  await WORK[load](engine, Math.ceil(runs / 5));
  await after(SETTLE_MS);
  const cost = await ServerCost.begin(place);
  const before = await cost.read();
  await WORK[load](engine, runs);
  await after(SETTLE_MS);
  const { statements, bytes } = await cost.read();
  await cost.close();
  await engine.close();
  return {
    [`${load}.statements`]: (statements - before.statements) / runs,
    [`${load}.bytes`]: (bytes - before.bytes) / runs,
  };
}

const WORK: { readonly [load in Load]: (engine: OpenEngine, runs: number) => Promise<void> } = {
  async alone(engine, runs) {
    for (let i = 0; i < runs; i += 1) {
      const before = await engine.completed();
      await engine.start("sequence", { steps: 3 });
      await untilCompleted(engine, before + 1, 1);
    }
  },
  async loaded(engine, runs) {
    const before = await engine.completed();
    await startMany(engine, runs);
    await untilCompleted(engine, before + runs);
  },
};
