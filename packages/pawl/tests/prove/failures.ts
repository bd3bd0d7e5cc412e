import type { Worker } from "./fleet.ts";

/** Calls of the database that failed in these processes, by code. */
export function failuresIn(workers: readonly Worker[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code } of workers.flatMap(failuresOf)) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** Longest that such a call took, in milliseconds. */
export const slowestIn = (workers: readonly Worker[]): number =>
  Math.max(0, ...workers.flatMap(failuresOf).map(({ ms }) => ms));

const failuresOf = ({ said }: Worker) =>
  said.flatMap((one) => (one.type === "unavailable" ? [one] : []));
