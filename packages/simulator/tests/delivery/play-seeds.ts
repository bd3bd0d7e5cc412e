import type { SeedRange } from "../../src/cli/range.ts";
import { playInMemory } from "./play-in-memory.ts";
import { playOnRedis } from "./play-on-redis.ts";
import type { QueueName } from "./prove-options.ts";

export interface Asked extends SeedRange {
  readonly queue: QueueName;
  /** Of the Redis. */
  readonly url?: string;
}

export interface Played extends SeedRange {
  readonly adapter: QueueName;
  /** Those that have ended. */
  readonly runs: number;
  readonly bodies: number;
  /** How often the adversary did what. */
  readonly done: Readonly<Record<string, number>>;
  readonly found: readonly { readonly says: readonly string[]; readonly repro: string }[];
}

const RUNS_ON_REDIS = 500;

type PlayedSeed = Pick<Played, "runs" | "bodies" | "done"> & {
  readonly problems: readonly string[];
};

/** Plays every seed of a range. */
export async function playSeeds({ from, to, queue, url }: Asked): Promise<Played> {
  const played: PlayedSeed[] = [];
  const found: Played["found"][number][] = [];
  for (let seed = from; seed <= to; seed++) {
    const one = await playSeed(seed, url);
    const repro = `pnpm prove:delivery --queue ${queue} --seed ${seed}`;
    if (one.problems.length > 0) found.push({ says: one.problems, repro });
    played.push(one);
  }
  const sum = (figure: (one: PlayedSeed) => number): number =>
    played.reduce((all, one) => all + figure(one), 0);
  const whats = [...new Set(played.flatMap(({ done }) => Object.keys(done)))];
  return {
    from,
    to,
    adapter: queue,
    runs: sum(({ runs }) => runs),
    bodies: sum(({ bodies }) => bodies),
    done: Object.fromEntries(whats.map((what) => [what, sum(({ done }) => done[what] ?? 0)])),
    found,
  };
}

async function playSeed(seed: number, url: string | undefined): Promise<PlayedSeed> {
  if (url !== undefined) return playOnRedis({ seed, runs: RUNS_ON_REDIS, url });
  const { struck, ...played } = await playInMemory(seed);
  return { ...played, done: { struck } };
}
