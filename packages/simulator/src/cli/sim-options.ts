import { reducibleNames } from "../seed/reduce-scenario.ts";
import { type Adapter, drawScenario } from "../seed/scenario.ts";
import { type CommandLine, type Given, Refused, readCommandLine } from "./command-line.ts";
import type { SeedRange } from "./range.ts";

/** One seed, looked at closely. */
export interface OneSeed {
  readonly seed: number;
  readonly adapter: Adapter;
  readonly without: readonly string[];
  readonly trace: boolean;
  readonly shrink: boolean;
}

/** Many seeds, in processes of their own. */
export interface ManySeeds {
  readonly range: SeedRange;
  readonly adapter: Adapter;
  /** Infinite where all of the range is to be played. */
  readonly minutes: number;
  readonly workers: number;
  readonly ledger: string;
}

export const ADAPTERS: readonly Adapter[] = ["memory", "sqlite"];
export const WORKERS = { least: 1, most: 64, otherwise: 2 } as const;
const LEDGER = ".sim/ranges.jsonl";
const SEEDS_MAX = 4_000_000;
const MINUTES_MAX = 100_000;

const HELP: string = `Play random programs under random faults: the same seed plays the same again.

  pnpm sim --seed N [options]       one seed, looked at closely
  pnpm sim --seeds A..B [options]   every seed from A to B, in processes of their own
  pnpm sim --minutes M [options]    seeds from 1 on, as many as there is time for

  --seed N          a whole number of at least 1
  --seeds A..B      at most ${SEEDS_MAX} seeds; with --minutes as many of them as there is time for
  --minutes M       more than 0, such as 90 or 0.5
  --adapter NAME    ${ADAPTERS.join(" or ")} (default memory)
  --help            shows this text

with --seed
  --trace           shows every move
  --without NAMES   leaves parts of what the seed says out: f0 a fault, c0 a control, s0 a start,
                    p0.1.2 the third part of the second stage of the first program, latency,
                    queue, sink, limits, order; joined by commas
  --no-shrink       does not look for a shorter way to what was found

with --seeds or --minutes
  --workers N       processes, ${WORKERS.least} to ${WORKERS.most} (default ${WORKERS.otherwise})
  --ledger FILE     keeps finished ranges, so that the same command goes on where it was at the
                    same commit (default ${LEDGER})

Exit code 0: nothing was found. 1: something was. 2: the command line was wrong.
`;

/** Reads the command line of `pnpm sim`. */
export const parseSimOptions = (argv: readonly string[]): CommandLine<OneSeed | ManySeeds> =>
  readCommandLine(
    {
      name: "pnpm sim",
      help: HELP,
      valued: ["seed", "seeds", "minutes", "adapter", "without", "workers", "ledger"],
      switches: ["trace", "no-shrink"],
      read,
    },
    argv,
  );

function read(given: Given): OneSeed | ManySeeds {
  if (!["seed", "seeds", "minutes"].some((option) => given.has(option))) {
    throw new Refused("Say what to play: --seed N, --seeds A..B or --minutes M.");
  }
  given.excludes("seed", ["seeds", "minutes", "workers", "ledger"]);
  given.need("seed", ["trace", "without", "no-shrink"]);
  const adapter = given.oneOf("adapter", ADAPTERS, "memory");
  if (!given.has("seed")) {
    return {
      range: given.has("seeds") ? rangeOf(given.text("seeds", "")) : { from: 1, to: SEEDS_MAX },
      adapter,
      minutes: minutesOf(given),
      workers: given.whole("workers", WORKERS),
      ledger: given.text("ledger", LEDGER),
    };
  }
  const seed = given.whole("seed", { least: 1, most: Number.MAX_SAFE_INTEGER });
  const without = given.has("without") ? namesOf(given, seed) : [];
  return { seed, adapter, without, trace: given.has("trace"), shrink: !given.has("no-shrink") };
}

function rangeOf(text: string): SeedRange {
  const [, first, last] = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from >= 1 && from <= to)) {
    throw new Refused(`--seeds takes A..B, whole numbers with 1 <= A <= B, not "${text}".`);
  }
  const seeds = to - from + 1;
  if (seeds > SEEDS_MAX) {
    throw new Refused(`--seeds takes at most ${SEEDS_MAX} seeds; "${text}" are ${seeds}.`);
  }
  return { from, to };
}

function minutesOf(given: Given): number {
  if (!given.has("minutes")) return Number.POSITIVE_INFINITY;
  const text = given.text("minutes", "");
  const minutes = /^\d{1,6}(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (minutes > 0 && minutes <= MINUTES_MAX) return minutes;
  throw new Refused(
    `--minutes takes a number more than 0 and up to ${MINUTES_MAX}, not "${text}".`,
  );
}

function namesOf(given: Given, seed: number): readonly string[] {
  const names = given.text("without", "").split(",");
  const known = reducibleNames(drawScenario(`${seed}`)).flat();
  const [strange] = names.filter((name) => !known.includes(name));
  if (strange === undefined) return names;
  throw new Refused(`Seed ${seed} has no "${strange}" to leave out; it has ${known.join(", ")}.`);
}
