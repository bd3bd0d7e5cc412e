import { isSkipped, privateMariadb, privatePostgres } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { afterAll, expect, it } from "vitest";
import { tellKills } from "./prove/kills.ts";
import { type ServerFault, tellServerFaults } from "./prove/server-faults.ts";
import { inStory } from "./prove/story.ts";
import { PLACES } from "./prove/trouble-workflows.ts";
import { tellZombies } from "./prove/zombies.ts";

const WITHIN_MS = 60_000;
const settings = { fsync: "off" };

const FAULTS: readonly (readonly ServerFault[])[] = [
  ["crashed", "terminated", "cut"],
  ["answersLost", "requestsLost", "slow"],
  ["silent", "forgotten", "refused"],
  ["readOnly", "locked", "crowded"],
  ["shutOut", "tableAway"],
];

const servers = {
  Postgres: await privatePostgres({ settings }),
  MariaDB: await privateMariadb({ settings: { "innodb-flush-method": "nosync" } }),
};

afterAll(async () => {
  for (const server of Object.values(servers)) if (!isSkipped(server)) await server.remove();
});

/** The short form of `pnpm prove:processes --database postgres` and `mariadb`. */
for (const [name, place] of Object.entries(servers)) {
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
        expect(told.stats).toMatchObject(Array(4).fill({ isRunning: true, running: 0, losses: 0 }));
      },
      WITHIN_MS,
    );

    it(
      "six of them, ten killed and the server once, end every run as without faults",
      async () => {
        const told = await tellKills({
          workers: 6,
          runs: 120,
          kills: 10,
          restarts: 1,
          everyMs: [300, 600],
          openRunsMin: 60,
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

    it.each(FAULTS.map((faults) => ({ faults, names: faults.join(", ") })))(
      "go on by themselves after $names",
      async ({ faults }) => {
        const told = await tellServerFaults({
          workers: 3,
          faults,
          faultMs: 1_500,
          runsEach: 1,
          on,
        });
        expect(told).toMatchObject({ violations: [], runs: faults.length * 16 });
        expect(told.slowestFailureMs).toBeLessThan(10_000);
      },
      WITHIN_MS,
    );
  });
}
