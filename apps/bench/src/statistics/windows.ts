import { medianOf } from "./spread.ts";

/** Milliseconds between one instant and the next. */
export const gapsOf = (instants: readonly number[]): readonly number[] =>
  instants.slice(1).map((at, i) => at - (instants[i] as number));

/** The median of each `size` values; a last window that is not full is left out. */
export function windowMedians(values: readonly number[], size: number): readonly number[] {
  const count = Math.floor(values.length / size);
  return Array.from({ length: count }, (_, i) => medianOf(values.slice(i * size, (i + 1) * size)));
}

/** Of several curves the median at each point, as far as the shortest goes. */
export function mediansOf(curves: readonly (readonly number[])[]): readonly number[] {
  const length = Math.min(...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, i) => medianOf(curves.flatMap((curve) => curve[i] ?? [])));
}
