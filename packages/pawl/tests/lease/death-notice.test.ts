import { proxy } from "@pawl/services";
import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import { expect, it } from "vitest";
import { inLeaseWorld, type LeaseWorld, type Place } from "./lease-world.ts";

/** So long that nothing but a notice of a death explains what happens sooner. */
const LONG_MS = 60_000;
const ELSEWHERE = { leaseTtlMs: LONG_MS, place: "another machine" };
const NOTICED_MS = 6_000;

function deathNotices(server: Place): void {
  const prove = (title: string, body: (world: LeaseWorld) => Promise<void>): void =>
    it(title, () => inLeaseWorld(server, body));

  prove("a worker of another machine that is killed loses its work at once [37]", async (world) => {
    const starter = await world.app({ worker: false });
    const worker = await world.worker(ELSEWHERE);
    const run = await world.startOn(starter, worker);
    await world.app();
    await world.lockOf(starter, worker);
    const killedAt = performance.now();
    worker.process.kill("SIGKILL");
    expect(await run.result({ timeoutMs: 20_000 })).toBe(process.pid);
    const tookMs = performance.now() - killedAt;
    console.info(`taken over ${Math.round(tookMs)} ms after SIGKILL`);
    expect(tookMs).toBeLessThan(NOTICED_MS);
    const { attempts } = await starter.kernel.query.getTimeline(run.id);
    expect(attempts).toMatchObject([{ outcome: "lost" }]);
  });

  prove(
    "one that is frozen keeps its lock: its lease runs out, then it is refused",
    async (world) => {
      const starter = await world.app({ worker: false });
      const worker = await world.worker({ ...ELSEWHERE, leaseTtlMs: 6_000 });
      const run = await world.startOn(starter, worker);
      await world.lockOf(starter, worker);
      await world.app();
      worker.process.kill("SIGSTOP");
      const frozenAt = performance.now();
      expect(await run.result({ timeoutMs: 20_000 })).toBe(process.pid);
      expect(performance.now() - frozenAt).toBeGreaterThan(3_500);
      worker.process.kill("SIGCONT");
      worker.process.send("finish");
      await expect
        .poll(() => worker.stats(), { timeout: 10_000 })
        .toMatchObject({ losses: 1, jobsSucceeded: 0, sessionId: expect.any(String) });
      expect((await starter.kernel.query.getTimeline(run.id)).steps.length).toBe(1);
    },
  );

  prove("one whose connections are cut makes others before anybody looks", async (world) => {
    const starter = await world.app({ worker: false });
    const line = await proxy(String(world.url));
    const environment = { PAWL_DATABASE_URL: line.url };
    const worker = await world.worker({ ...ELSEWHERE, environment });
    const run = await world.startOn(starter, worker);
    const watcher = await world.app();
    for (let times = 0; times < 3; times++) {
      const before = await world.lockOf(starter, worker);
      line.cut();
      const lock = () => world.lockOf(starter, worker);
      await expect.poll(lock, { timeout: 5_000 }).not.toBe(before);
    }
    expect(await watcher.kernel.query.deadSessions()).toEqual([]);
    worker.process.send("finish");
    expect(await run.result({ timeoutMs: 10_000 })).toBe(worker.pid);
    expect(await worker.stats()).toMatchObject({ losses: 0 });
    await line.close();
  });

  prove("one that is cut off is taken for dead, and refused when it is back", async (world) => {
    const starter = await world.app({ worker: false });
    const line = await proxy(String(world.url));
    const environment = { PAWL_DATABASE_URL: line.url };
    const worker = await world.worker({ ...ELSEWHERE, environment });
    const run = await world.startOn(starter, worker);
    await world.app();
    await world.lockOf(starter, worker);
    line.refuse();
    expect(await run.result({ timeoutMs: 20_000 })).toBe(process.pid);
    await line.pass();
    worker.process.send("finish");
    await expect
      .poll(() => worker.stats(), { timeout: 15_000 })
      .toMatchObject({ losses: 1, jobsSucceeded: 0, sessionId: expect.any(String) });
    const { steps, attempts } = await starter.kernel.query.getTimeline(run.id);
    expect([steps.length, attempts.length]).toEqual([1, 1]);
    await line.close();
  });
}

describeOn("the death of a worker on Postgres", await postgres(), deathNotices);
describeOn("the death of a worker on MariaDB", await mariadb(), deathNotices);
