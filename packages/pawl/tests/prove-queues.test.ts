import { isSkipped, privatePostgres } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { afterAll, expect, it } from "vitest";
import { tellKills } from "./prove/kills.ts";
import { onQueue } from "./prove/queue-of-fleet.ts";

const place = await privatePostgres({ settings: { fsync: "off" } });
afterAll(() => (isSkipped(place) ? undefined : place.remove()));

/** The short form of `pnpm prove:processes --only kills --queue redis` and `sqs`. */
describeOn("processes on one PostgreSQL whose jobs a queue carries", place, (on) => {
  it.each(["redis", "sqs"] as const)(
    "killed while %s crashes twice, once with the loss of all jobs, end every run [44]",
    async (name) => {
      const told = await onQueue(name, (queue) =>
        tellKills({
          workers: 3,
          runs: 56,
          kills: 3,
          queueCrashes: 2,
          everyMs: [500, 1_000],
          redispatchMs: 3_000,
          openRunsMin: 32,
          seed: 1,
          on,
          queue,
          endsWithinMs: 70_000,
        }),
      );
      expect(told).toMatchObject({ violations: [], kills: 3, queueCrashes: 2 });
      expect(told.queueOutagesMs).toHaveLength(2);
      expect(told.losses).toBeGreaterThan(0);
      expect(Math.max(...told.recoveriesMs)).toBeLessThan(RECOVERED_WITHIN_MS);
    },
    100_000,
  );
});

/** A lease of 25 s, a sweep of 5, a job that is lost and dispatched again. */
const RECOVERED_WITHIN_MS = 35_000;
