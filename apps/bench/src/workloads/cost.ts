import { setTimeout as after } from "node:timers/promises";
import type { OpenEngine } from "../engines/engine.ts";
import { LogRecording } from "../measure/log-recording.ts";
import { startMany, untilCompleted } from "../measure/runs.ts";
import { countStatements } from "../measure/statements.ts";
import { type FigureSpec, openOn, type Workload } from "./workload.ts";

const LOADS = { alone: "one at a time", loaded: "32 starts under way" } as const;
const RUNS = 200;
const QUICK_RUNS = 10;
type Load = keyof typeof LOADS;

const figuresOf = (load: Load): readonly FigureSpec[] => {
  const of = (id: string, title: string, unit: string): FigureSpec => ({
    id: `${load}.${id}`,
    title: `${title} per run of 3 steps, ${LOADS[load]}`,
    unit,
    better: "less",
    ...(load === "loaded" ? { quick: `${QUICK_RUNS}` } : {}),
  });
  return [
    of("commits", "commits", "commits"),
    of("statements", "statements", "statements"),
    of("bytes", "bytes into the log", "bytes"),
  ];
};

/** What runs ask of SQLite, and what idling asks; time plays no part. */
export const cost: Workload = {
  name: "cost",
  figures: [...figuresOf("alone"), ...figuresOf("loaded")],
  engines: ["pawl", "bare", "openworkflow"],
  synchronous: ["FULL"],
  async measure(bench) {
    const statements = countStatements();
    const engine = await openOn(bench);
    const runs = bench.quick ? QUICK_RUNS : RUNS;
    const costOf = async (load: Load): Promise<Record<string, number>> => {
      await work[load](engine, Math.ceil(runs / 10));
      const log = await LogRecording.begin(engine.databasePath ?? "");
      const before = statements.count;
      await work[load](engine, runs);
      const asked = statements.count - before;
      await after(100);
      const { commits, bytes } = await log.end();
      return {
        [`${load}.commits`]: commits / runs,
        [`${load}.statements`]: asked / runs,
        [`${load}.bytes`]: bytes / runs,
      };
    };
    const figures = { ...(await costOf("alone")), ...(await costOf("loaded")) };
    await engine.close();
    return { figures };
  },
};

const work: { readonly [load in Load]: (engine: OpenEngine, runs: number) => Promise<void> } = {
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
    await untilCompleted(engine, before + runs, 1);
  },
};
