import type { BenchOptions } from "./options.ts";
import type { Measurement } from "./processes/measurement.ts";
import { SYNCHRONOUS, WORKLOADS } from "./workloads/by-name.ts";

/**
 * What one repetition measures, one after the other: a single measurement, or several where they do
 * not disturb each other. Every second repetition goes through the engines backwards.
 */
export function turnsOf(
  options: BenchOptions,
  repetition: number,
): readonly (readonly Measurement[])[] {
  const { quick, store } = options;
  return options.workloads.flatMap((name) => {
    const workload = WORKLOADS[name];
    const engines = options.engines.filter((engine) => workload.engines.includes(engine));
    const synchronous = SYNCHRONOUS[store].filter((each) => workload.synchronous.includes(each));
    const measurements = synchronous.flatMap((each) =>
      engines.map((engine) => ({ workload: name, store, engine, synchronous: each, quick })),
    );
    if (workload.together) return [measurements];
    const turns = measurements.map((measurement) => [measurement]);
    return repetition % 2 === 0 ? turns : turns.toReversed();
  });
}
