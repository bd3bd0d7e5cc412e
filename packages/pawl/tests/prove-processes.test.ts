import { describe, it } from "vitest";
import { tellBlocked } from "./prove/blocked.ts";
import { tellDatabaseFaults } from "./prove/database-faults.ts";
import { tellKills } from "./prove/kills.ts";
import { PLACES } from "./prove/trouble-workflows.ts";
import { tellZombies } from "./prove/zombies.ts";

const WITHIN_MS = 90_000;

/** The short form of `pnpm prove:processes`: the same stories, told at once. */
describe.concurrent("processes on one SQLite file [1] [3] [31] [58] [141]", () => {
  it(
    "killed again and again, end every run as without faults",
    async ({ expect }) => {
      const told = await tellKills({
        workers: 4,
        runs: 100,
        kills: 10,
        everyMs: [300, 300],
        openRunsMin: 30,
        seed: 1,
        synchronous: "NORMAL",
        endsWithinMs: 60_000,
      });
      expect(told).toMatchObject({ violations: [], kills: 10 });
      expect(told.losses).toBeGreaterThan(0);
    },
    WITHIN_MS,
  );

  it(
    "stopped longer than their lease, commit nothing and work on",
    async ({ expect }) => {
      const told = await tellZombies({ workers: 2, places: PLACES, load: false });
      expect(told).toMatchObject({ violations: [], cases: 3, refused: 1 });
    },
    WITHIN_MS,
  );

  it(
    "blocked by a stage, quarantine it and none beside it",
    async ({ expect }) => {
      const told = await tellBlocked({ workers: 3, poisons: 1, blockOnce: 1, neighbours: 4 });
      expect(told).toMatchObject({ violations: [], quarantined: 1 });
    },
    WITHIN_MS,
  );

  it(
    "locked out of the file, and without room in it, lose nothing",
    async ({ expect }) => {
      const told = await tellDatabaseFaults({
        workers: 2,
        faults: ["noPage", "locked"],
        faultMs: 5_000,
        runsEach: 2,
      });
      expect(told).toMatchObject({ violations: [], faults: 2, runs: 32 });
    },
    WITHIN_MS,
  );
});
