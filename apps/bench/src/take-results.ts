import { ENGINES } from "./engines/by-name.ts";
import { commitOf, engineFacts, loadNow, machineFacts } from "./machine.ts";
import type { BenchOptions } from "./options.ts";
import { barsOf } from "./report/bars.ts";
import type { Results } from "./report/results.ts";
import { figuresOf, ratiosOf, seriesOf } from "./report/summary.ts";
import { runBench } from "./run-bench.ts";

/** Measures what the options ask for, and makes of it all that reports show. */
export async function takeResults(
  options: BenchOptions,
  { repository, tell }: { readonly repository: string; readonly tell: (line: string) => void },
): Promise<Results> {
  const commit = commitOf(repository);
  const loadBefore = loadNow();
  const takenAt = new Date().toISOString();
  const { taken, lost } = await runBench(options, tell);
  const figures = figuresOf(taken);
  const ratios = ratiosOf(figures);
  return {
    format: 1,
    takenAt,
    commit,
    quick: options.quick,
    repetitions: options.repetitions,
    machine: machineFacts(loadBefore),
    engines: options.engines.map((name) => engineFacts(ENGINES[name])),
    figures,
    ratios,
    series: seriesOf(taken),
    bars: barsOf({ figures, ratios }),
    lost,
  };
}
