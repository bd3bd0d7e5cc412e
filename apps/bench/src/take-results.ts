import { isSkipped } from "@pawl/services";
import { engineOf } from "./engines/by-name.ts";
import { commitOf, engineFacts, loadNow, machineFacts } from "./machine.ts";
import type { BenchOptions } from "./options.ts";
import { startBenchServer } from "./processes/bench-server.ts";
import { barsOf } from "./report/bars.ts";
import type { Results } from "./report/results.ts";
import { figuresOf, ratiosOf, seriesOf } from "./report/summary.ts";
import { type BenchParts, runBench } from "./run-bench.ts";

/**
 * Measures what the options ask for, and makes of it all that reports show.
 *
 * @throws Error when the store cannot be had
 */
export async function takeResults(
  options: BenchOptions,
  { repository, ...parts }: BenchParts & { readonly repository: string },
): Promise<Results> {
  const commit = commitOf(repository);
  const loadBefore = loadNow();
  const begun = Date.now();
  const { store } = options;
  const server = store === "sqlite" ? undefined : await startBenchServer(store);
  if (server && isSkipped(server)) throw new Error(`no server for ${store}: ${server.skipped}`);
  const { taken, lost } = await runBench(options, parts, server?.urls).finally(server?.stop);
  const figures = figuresOf(taken, options.quick);
  const ratios = ratiosOf(figures);
  return {
    format: 1,
    store: options.store,
    takenAt: new Date(begun).toISOString(),
    tookMinutes: Math.round((Date.now() - begun) / 60_000),
    commit,
    quick: options.quick,
    repetitions: options.repetitions,
    machine: {
      ...machineFacts(loadBefore),
      ...(server ? { server: server.facts } : {}),
    },
    engines: options.engines.map((name) => engineFacts(engineOf(options.store, name))),
    figures,
    ratios,
    series: seriesOf(taken),
    bars: options.quick ? [] : barsOf({ store: options.store, figures }),
    lost,
  };
}
