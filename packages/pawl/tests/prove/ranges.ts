import type { Audit } from "./audit.ts";
import { tellBlocked } from "./blocked.ts";
import { type Fault, tellDatabaseFaults } from "./database-faults.ts";
import { summed } from "./figures.ts";
import { tellKills } from "./kills.ts";
import type { ProveOptions, RangeName } from "./options.ts";
import { rotatingPlaces, tellZombies } from "./zombies.ts";

/** Tells a range; undefined where this machine does not let it. */
export type Tell = (options: ProveOptions, signal: AbortSignal) => Promise<Audit | undefined>;

const FLEETS_OF_ZOMBIES = 5;
const LOCKS_AND_PAGES: readonly Fault[] = ["locked", "noPage", "locked", "noPage", "locked"];

/** What tells each range. */
export const RANGES: { readonly [name in RangeName]: Tell } = {
  kills: ({ seconds, seed }, signal) =>
    tellKills({
      workers: 4,
      kills: seconds,
      everyMs: 1_000,
      runsEach: 15,
      openRunsMin: 120,
      seed,
      endsWithinMs: 180_000,
      signal,
    }),
  zombies: async ({ zombies }, signal) => {
    const cases = Math.ceil(zombies / FLEETS_OF_ZOMBIES);
    const fleets = Array.from({ length: FLEETS_OF_ZOMBIES }, (_, i) =>
      tellZombies({ workers: 3, places: rotatingPlaces(cases, i), load: true, signal }),
    );
    await Promise.allSettled(fleets);
    return (await Promise.all(fleets)).reduce(summed);
  },
  blocked: (_, signal) =>
    tellBlocked({ workers: 4, poisons: 3, blockOnce: 3, neighbours: 12, signal }),
  database: (_, signal) =>
    tellDatabaseFaults({
      workers: 3,
      faults: LOCKS_AND_PAGES,
      faultMs: 12_000,
      runsEach: 10,
      signal,
    }),
  disk: (_, signal) =>
    tellDatabaseFaults({
      workers: 3,
      faults: ["diskFull", "diskFull", "diskFull"],
      faultMs: 5_000,
      runsEach: 10,
      signal,
    }),
};
