import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import { describe, expect, it } from "vitest";
import { inLeaseWorld, type LeaseWorld, type Place } from "./lease-world.ts";

const LEASE_MS = 3_000;
/** A machine that is slow may lose a lease that short again. */
const atLeastOne: unknown = expect.toSatisfy((losses: number) => losses >= 1);

function blockedLoops(server?: Place): void {
  const prove = (title: string, body: (world: LeaseWorld) => Promise<void>): void =>
    it(title, () => inLeaseWorld(server, body));

  prove(
    "blocked for longer than its lease, a worker keeps it, and its body runs once",
    async (world) => {
      const starter = await world.app({ worker: false });
      const worker = await world.worker({ leaseTtlMs: LEASE_MS, blockMs: 6_000 });
      const run = await world.startOn(starter, worker);
      const other = await world.app({ leaseTtlMs: LEASE_MS });
      expect(await run.result({ timeoutMs: 15_000 })).toBe(worker.pid);
      expect(await worker.stats()).toMatchObject({ losses: 0, jobsSucceeded: 1 });
      expect(worker.entered()).toBe(1);
      const { attempts, steps } = await other.kernel.query.getTimeline(run.id);
      expect([attempts, steps.length]).toEqual([[], 1]);
      expect(other.host.getStats().jobsProcessed).toBe(0);
    },
  );

  prove("without its thread it loses the lease, and what it did is refused", async (world) => {
    const starter = await world.app({ worker: false });
    const worker = await world.worker({ leaseTtlMs: LEASE_MS, blockMs: 6_500, leaseThread: false });
    const run = await world.startOn(starter, worker);
    await world.app({ leaseTtlMs: LEASE_MS });
    expect(await run.result({ timeoutMs: 15_000 })).toBe(process.pid);
    await expect
      .poll(() => worker.stats(), { timeout: 10_000 })
      .toMatchObject({ losses: atLeastOne, jobsSucceeded: 0 });
    const { attempts, steps } = await starter.kernel.query.getTimeline(run.id);
    expect(attempts).toMatchObject([{ outcome: "lost" }]);
    expect(steps).toMatchObject([{ key: "held", status: "completed" }]);
  });

  prove(
    "blocked for longer than it may be, it is given up and another takes over",
    async (world) => {
      const starter = await world.app({ worker: false });
      const settings = { leaseTtlMs: LEASE_MS, blockMs: 8_000, maxLoopBlockMs: 1_500 };
      const worker = await world.worker(settings);
      const run = await world.startOn(starter, worker);
      const blockedAt = performance.now();
      await world.app({ leaseTtlMs: LEASE_MS });
      expect(await run.result({ timeoutMs: 15_000 })).toBe(process.pid);
      const tookMs = performance.now() - blockedAt;
      expect(tookMs).toBeGreaterThan(3_200);
      expect(tookMs).toBeLessThan(7_500);
      await expect
        .poll(() => worker.stats(), { timeout: 10_000 })
        .toMatchObject({ losses: atLeastOne, jobsSucceeded: 0 });
      const { attempts, steps } = await starter.kernel.query.getTimeline(run.id);
      expect(attempts).toMatchObject([{ outcome: "lost" }]);
      expect(steps.length).toBe(1);
    },
  );
}

describe("an event loop on a SQLite file", () => blockedLoops());
describeOn("an event loop on Postgres", await postgres(), blockedLoops);
describeOn("an event loop on MariaDB", await mariadb(), blockedLoops);
