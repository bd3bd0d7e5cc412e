/** What several repetitions of one measurement came to. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError when there is no value */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return { median: middle(sorted), min: sorted[0] as number, max: sorted.at(-1) as number };
}

/** @throws RangeError when there is no value */
export const medianOf = (values: readonly number[]): number => middle(ascending(values));

/**
 * The smallest of the values that at least `percent` of them do not exceed.
 *
 * @throws RangeError when there is no value
 */
export function percentileOf(values: readonly number[], percent: number): number {
  const sorted = ascending(values);
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1] as number;
}

function ascending(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new RangeError("there is nothing to take the median of");
  return values.toSorted((a, b) => a - b);
}

function middle(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}
