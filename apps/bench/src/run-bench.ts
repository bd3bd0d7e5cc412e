import type { EngineName, Synchronous } from "./engines/engine.ts";
import type { BenchOptions } from "./options.ts";
import { type Measurement, measured, type ServerUrls } from "./processes/measurement.ts";
import type { Lost } from "./report/results.ts";
import { turnsOf } from "./turns.ts";
import type { Sample, WorkloadName } from "./workloads/workload.ts";

/** One measurement that came to its end. */
export interface Taken {
  readonly workload: WorkloadName;
  readonly engine: EngineName;
  readonly synchronous: Synchronous;
  readonly repetition: number;
  readonly sample: Sample;
}

export interface BenchParts {
  readonly tell: (line: string) => void;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
}

export interface AllTaken {
  readonly taken: readonly Taken[];
  readonly lost: readonly Lost[];
}

/**
 * Measures everything, repetition by repetition, engines in turn: what slows the machine for a
 * while slows all of them. Every second repetition goes through the engines backwards.
 *
 * @throws the signal's reason once that is aborted
 */
export async function runBench(
  options: BenchOptions,
  { tell, signal }: BenchParts,
  server?: ServerUrls,
): Promise<AllTaken> {
  const taken: Taken[] = [];
  const lost: Lost[] = [];
  const take = async (measurement: Measurement, repetition: number): Promise<void> => {
    const { workload, engine, synchronous } = measurement;
    const name = `${repetition + 1}/${options.repetitions} ${workload} ${engine} ${synchronous}`;
    const startedAt = performance.now();
    try {
      const sample = await measured(
        { ...measurement, ...(server ? { server } : {}) },
        { profiles: options.profiles, signal },
      );
      taken.push({ workload, engine, synchronous, repetition, sample });
      tell(`${name}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
    } catch (error) {
      signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      lost.push({ workload, engine, synchronous, message });
      tell(`${name}: ${message}`);
    }
  };
  for (let repetition = 0; repetition < options.repetitions; repetition += 1) {
    for (const turn of turnsOf(options, repetition)) {
      await Promise.all(turn.map((measurement) => take(measurement, repetition)));
    }
  }
  return { taken, lost };
}
