import { type Found, shrinkSeed, simulateSeed } from "../seed/find-problem.ts";
import type { Adapter } from "../seed/scenario.ts";

/** Seeds from one number to another, both included. */
export interface SeedRange {
  readonly from: number;
  readonly to: number;
}

export const countOf = (ranges: readonly SeedRange[]): number =>
  ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);

/** Such as `1..500 and 751..1000`: what ranges are together, whatever their order. */
export function rangesText(ranges: readonly SeedRange[]): string {
  const joined: SeedRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && range.from <= last.to + 1) {
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    } else joined.push(range);
  }
  return joined.map(({ from, to }) => (from === to ? `${from}` : `${from}..${to}`)).join(" and ");
}

/** What playing a range came to. */
export interface RangePlayed extends SeedRange {
  readonly adapter: Adapter;
  readonly found: readonly Found[];
  readonly moves: number;
  readonly virtualMs: number;
  readonly runs: number;
  /** How often faults of each kind struck. */
  readonly hits: Readonly<Record<string, number>>;
}

export interface RangeOptions extends SeedRange {
  readonly adapter: Adapter;
}

/** Plays every seed of a range; each problem is told as shortly as it can be. */
export async function playRange(options: RangeOptions): Promise<RangePlayed> {
  const { from, to, adapter } = options;
  const found: Found[] = [];
  const hits: Record<string, number> = {};
  let [moves, virtualMs, runs] = [0, 0, 0];
  for (let seed = from; seed <= to; seed++) {
    const played = await simulateSeed(String(seed), { adapter });
    moves += played.moves;
    virtualMs += played.virtualMs;
    runs += played.runs.length;
    for (const [kind, count] of Object.entries(played.hits)) {
      hits[kind] = (hits[kind] ?? 0) + count;
    }
    if (played.problems.length > 0) found.push(await shrinkSeed(played, { adapter }));
  }
  return { from, to, adapter, found, moves, virtualMs, runs, hits };
}
