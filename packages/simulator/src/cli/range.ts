import { type Found, shrinkSeed, simulateSeed } from "../seed/find-problem.ts";
import type { Adapter } from "../seed/scenario.ts";

/** Seeds from one number to another, both included. */
export interface SeedRange {
  readonly from: number;
  readonly to: number;
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
  /** Called after each seed with how many problems were found so far. */
  readonly tell?: (seed: number, found: number) => void;
}

/** Plays every seed of a range; each problem is told as shortly as it can be. */
export async function playRange(options: RangeOptions): Promise<RangePlayed> {
  const { from, to, adapter, tell } = options;
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
    tell?.(seed, found.length);
  }
  return { from, to, adapter, found, moves, virtualMs, runs, hits };
}
