import { isSkipped, privateMariadb, privatePostgres } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { afterAll, expect, it } from "vitest";
import { inStory } from "./prove/in-story.ts";
import { tellKills } from "./prove/kills.ts";
import { type ServerFault, tellServerFaults } from "./prove/server-faults.ts";
import { mayMount } from "./prove/small-disk.ts";
import { PLACES } from "./prove/trouble-workflows.ts";
import { tellZombies } from "./prove/zombies.ts";

const WITHIN_MS = 60_000;
const settings = { fsync: "off" };

interface Faults {
  readonly faults: readonly ServerFault[];
  /** Codes that calls of the database, or starts, must have failed with, and no others. */
  readonly codes: readonly string[];
  readonly perhaps?: string;
}

const AWAY = "E_PERSISTENCE_UNAVAILABLE";
const READ_ONLY = "E_DATABASE_READ_ONLY";
const LOCKED = "E_DATABASE_LOCKED";
const ON_POSTGRES: readonly Faults[] = [
  { faults: ["crashed", "terminated", "cut"], codes: [AWAY] },
  { faults: ["answersLost", "requestsLost", "slow"], codes: [AWAY] },
  { faults: ["silent", "forgotten", "refused"], codes: [AWAY] },
  { faults: ["readOnly", "locked", "crowded"], codes: [AWAY, READ_ONLY] },
  { faults: ["shutOut", "tableAway"], codes: [AWAY, "E_SCHEMA_MISSING"] },
];
const ON_MARIADB: readonly Faults[] = [
  { faults: ["crashed", "answersLost", "requestsLost"], codes: [AWAY] },
  // What a forgotten connection has locked stays so until the server notices.
  { faults: ["readOnly", "shutOut", "forgotten"], codes: [AWAY, READ_ONLY], perhaps: LOCKED },
];
const DISK_FULL: Faults = { faults: ["diskFull"], codes: ["E_DATABASE_FULL"] };
const DISK = mayMount() ? [DISK_FULL] : []; // because not every machine lets tests mount a disk

const servers = [
  { name: "Postgres", place: await privatePostgres({ settings }), suffered: ON_POSTGRES },
  {
    name: "MariaDB",
    place: await privateMariadb({ settings: { "innodb-flush-method": "nosync" } }),
    suffered: ON_MARIADB,
  },
];

afterAll(async () => {
  for (const { place } of servers) if (!isSkipped(place)) await place.remove();
});

/** The short form of `pnpm prove:processes --database postgres` and `mariadb`. */
for (const { name, place, suffered } of servers) {
  describeOn(`processes on one ${name} [1] [3] [31] [141]`, place, (on) => {
    it(
      "four of them share what a fifth starts, and enter each body once",
      async () => {
        const told = await inStory({ workers: 4, on }, async (story) => {
          await story.startMixed(8);
          await story.whenAllEnded(40_000);
          const stats = await Promise.all(story.fleet.workers.map((worker) => worker.stats()));
          return { ...(await story.audit()), stats };
        });
        expect(told).toMatchObject({ violations: [], runs: 64, losses: 0, bodiesAgain: 0 });
        const done = told.stats.map(({ jobsProcessed }) => jobsProcessed);
        expect(done.filter((jobs) => jobs > 0)).toHaveLength(4);
        expect(done.reduce((sum, jobs) => sum + jobs)).toBeGreaterThanOrEqual(64);
        expect(told.stats).toMatchObject(Array(4).fill({ isRunning: true, losses: 0 }));
      },
      WITHIN_MS,
    );

    it(
      "six of them, ten killed and the server once, end every run as without faults",
      async () => {
        const told = await tellKills({
          workers: 6,
          runs: 80,
          kills: 10,
          restarts: 1,
          everyMs: [200, 400],
          openRunsMin: 40,
          seed: 1,
          on,
          endsWithinMs: 40_000,
        });
        expect(told).toMatchObject({ violations: [], kills: 10, restarts: 1 });
        expect(told.losses).toBeGreaterThan(0);
      },
      WITHIN_MS,
    );

    it(
      "stopped longer than their lease, commit nothing and work on",
      async () => {
        const told = await tellZombies({ workers: 2, places: PLACES, load: false, on });
        expect(told).toMatchObject({ violations: [], cases: 3, refused: 1 });
      },
      WITHIN_MS,
    );

    const all = [...suffered, ...DISK];
    it.each(all.map((each) => ({ ...each, names: each.faults.join(", ") })))(
      "go on by themselves after $names",
      async ({ faults, codes, perhaps }) => {
        const told = await tellServerFaults({
          workers: 3,
          faults,
          faultMs: 1_500,
          runsEach: 1,
          on,
        });
        expect(told).toMatchObject({ violations: [], runs: faults.length * 16 });
        const failed = Object.keys({ ...told.failures, ...told.refusedStarts });
        expect(failed.filter((code) => code !== perhaps && !codes.includes(code))).toEqual([]);
        expect(failed).toEqual(expect.arrayContaining(codes.filter((code) => code !== AWAY)));
        expect(told.slowestFailureMs).toBeLessThan(10_000);
      },
      WITHIN_MS,
    );
  });
}
