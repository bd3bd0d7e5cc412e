import type { EngineName, Synchronous } from "../engines/engine.ts";
import type { Taken } from "../run-bench.ts";
import { spreadOf } from "../statistics/spread.ts";
import { mediansOf } from "../statistics/windows.ts";
import { WORKLOADS } from "../workloads/by-name.ts";
import type { WorkloadName } from "../workloads/workload.ts";
import { groupBy } from "./group-by.ts";
import { areCompared } from "./pairs.ts";
import type { Figure, Ratio, Series } from "./results.ts";

/**
 * Figures in the order of workloads, with the median and the bounds of their repetitions. Those of
 * quick measurements say in their titles what was measured instead.
 */
export function figuresOf(taken: readonly Taken[], isQuick = false): readonly Figure[] {
  return everyGroup(taken).flatMap((group) => {
    const { workload, engine, synchronous, samples } = group;
    return WORKLOADS[workload].figures.flatMap((spec) => {
      const values = samples.flatMap(({ figures }) => figures[spec.id] ?? []);
      if (values.length === 0) return [];
      const { quick, ...kept } = spec;
      const title = isQuick && quick ? `${spec.title} (quick: ${quick})` : spec.title;
      const of = { workload, engine, synchronous };
      return [{ ...kept, title, ...of, ...spreadOf(values), samples: values }];
    });
  });
}

/** Pawl beside others, repetition by repetition: more than 1 means that it is better. */
export function ratiosOf(figures: readonly Figure[]): readonly Ratio[] {
  return figures
    .filter(({ unit }) => unit !== "×")
    .flatMap((own) =>
      figures.filter((other) => isSame(own, other)).flatMap((other) => ratioOf(own, other)),
    );
}

/** Curves: at each point the median of the repetitions. */
export function seriesOf(taken: readonly Taken[]): readonly Series[] {
  return everyGroup(taken).flatMap(({ samples, workload, engine, synchronous }) => {
    const ids = [...new Set(samples.flatMap(({ series }) => Object.keys(series ?? {})))];
    return ids.map((id) => {
      const curves = samples.flatMap(({ series }) => (series?.[id] ? [series[id]] : []));
      return { workload, id, engine, synchronous, values: mediansOf(curves) };
    });
  });
}

const isSame = (own: Figure, other: Figure): boolean =>
  areCompared(own.engine, other.engine) &&
  other.workload === own.workload &&
  other.id === own.id &&
  other.synchronous === own.synchronous;

function ratioOf(own: Figure, other: Figure): readonly Ratio[] {
  const { workload, id, synchronous, better } = own;
  const ratios = own.samples.flatMap((mine, i) => {
    const theirs = other.samples[i];
    if (theirs === undefined) return [];
    const ratio = better === "more" ? mine / theirs : theirs / mine;
    return Number.isFinite(ratio) && ratio > 0 ? [ratio] : [];
  });
  if (ratios.length === 0) return [];
  return [{ workload, id, synchronous, of: own.engine, to: other.engine, ...spreadOf(ratios) }];
}

interface Group {
  readonly workload: WorkloadName;
  readonly engine: EngineName;
  readonly synchronous: Synchronous;
  readonly samples: readonly Taken["sample"][];
}

function everyGroup(taken: readonly Taken[]): readonly Group[] {
  const byKey = groupBy(taken, (each) => JSON.stringify(placeOf(each)));
  return [...byKey.values()].map((group) => ({
    ...placeOf(group[0] as Taken),
    samples: group.toSorted((a, b) => a.repetition - b.repetition).map(({ sample }) => sample),
  }));
}

const placeOf = ({ workload, engine, synchronous }: Taken) => ({ workload, engine, synchronous });
