import type { Audit } from "./audit.ts";
import { tellBlocked } from "./blocked.ts";
import { type Fault, tellDatabaseFaults } from "./database-faults.ts";
import { summed } from "./figures.ts";
import { type Kept, tellKillsInParts } from "./kills-in-parts.ts";
import type { ProveOptions, RangeName } from "./options.ts";
import { SERVER_FAULTS, tellServerFaults } from "./server-faults.ts";
import { onDatabase } from "./server-of-proof.ts";
import { mayMount } from "./small-disk.ts";
import { rotatingPlaces, tellZombies } from "./zombies.ts";

export interface Telling {
  readonly options: ProveOptions;
  readonly kept: Kept;
  readonly signal: AbortSignal;
}

/** Tells a range; undefined where this machine does not let it. */
export type Tell = (telling: Telling) => Promise<Audit | undefined>;

const FLEETS_OF_ZOMBIES = 5;
const LOCKS_AND_PAGES: readonly Fault[] = ["locked", "noPage", "locked", "noPage", "locked"];

/** What tells each range. */
export const RANGES: { readonly [name in RangeName]: Tell } = {
  kills: ({ options, kept, signal }) => tellKillsInParts(options, kept, signal),
  zombies: ({ options: { database, zombies }, signal }) =>
    onDatabase(database, async (on) => {
      const cases = Math.ceil(zombies / FLEETS_OF_ZOMBIES);
      const fleets = Array.from({ length: FLEETS_OF_ZOMBIES }, (_, i) =>
        tellZombies({ workers: 3, places: rotatingPlaces(cases, i), load: true, on, signal }),
      );
      await Promise.allSettled(fleets);
      return (await Promise.all(fleets)).reduce(summed);
    }),
  blocked: ({ options: { database }, signal }) =>
    onDatabase(database, (on) =>
      tellBlocked({ workers: 4, poisons: 3, blockOnce: 3, neighbours: 12, on, signal }),
    ),
  database: ({ options: { database }, signal }) =>
    database === "sqlite"
      ? tellDatabaseFaults({
          workers: 3,
          faults: LOCKS_AND_PAGES,
          faultMs: 12_000,
          runsEach: 10,
          signal,
        })
      : onDatabase(database, (on) =>
          tellServerFaults({
            workers: 4,
            faults: SERVER_FAULTS.filter((fault) => fault !== "diskFull"),
            faultMs: 12_000,
            runsEach: 20,
            on,
            signal,
          }),
        ),
  disk: ({ options: { database }, signal }) => {
    const often = { workers: 3, faultMs: 5_000, runsEach: 10, signal };
    if (database === "sqlite")
      return tellDatabaseFaults({ ...often, faults: ["diskFull", "diskFull", "diskFull"] });
    if (!mayMount()) return Promise.resolve(undefined);
    return onDatabase(database, (on) =>
      tellServerFaults({ ...often, faults: ["diskFull", "diskFull", "diskFull"], on }),
    );
  },
};
