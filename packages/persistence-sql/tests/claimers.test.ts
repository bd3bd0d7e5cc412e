import type { Persistence } from "@pawl/kernel/ports";
import { freshDatabase, type Server } from "@pawl/services";
import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import { claimOf, planOf, runOf, stageOf, workerOf } from "@pawl/test-parts/plans";
import { createConnection } from "mariadb";
import pg from "pg";
import { afterEach, expect, it } from "vitest";
import { createMysqlPersistence, createPostgresPersistence } from "../src/index.ts";

const CLAIMERS = 8;
const AT_ONCE = 10;
/** Far below the thirty seconds after which a claim that waits for a lock is given up. */
const SOON_MS = 5_000;

interface Kind {
  readonly open: (url: string) => Promise<Persistence>;
  /** Locks the head of the queue in a transaction of somebody else, until called. */
  readonly lock: (url: string) => Promise<() => Promise<void>>;
  readonly runs: number;
  readonly stagesEach: number;
}

const HEAD = "SELECT 1 FROM stages WHERE run_id = 'run-0' AND map_index = 0 FOR UPDATE";

const onPostgres: Kind = {
  open: (url) => createPostgresPersistence({ url, migrate: true, poolMax: 1 }),
  lock: async (url) => {
    const foreign = new pg.Client({ connectionString: url });
    await foreign.connect();
    await foreign.query("BEGIN");
    await foreign.query(HEAD);
    return () => foreign.end();
  },
  runs: 8,
  stagesEach: 1_000,
};

const onMariadb: Kind = {
  open: (url) => createMysqlPersistence({ url, migrate: true, poolMax: 1 }),
  lock: async (url) => {
    const foreign = await createConnection(url);
    await foreign.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    await foreign.beginTransaction();
    await foreign.query(HEAD);
    return () => foreign.end();
  },
  runs: 8,
  stagesEach: 250,
};

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function filled(server: Pick<Server, "url">, { open, runs, stagesEach }: Kind) {
  const database = await freshDatabase(server);
  endings.push(() => database.drop());
  const opened = async (): Promise<Persistence> => {
    const persistence = await open(database.url);
    endings.push(() => persistence.close());
    return persistence;
  };
  const first = await opened();
  for (let run = 0; run < runs; run++) {
    const stages = Array.from({ length: stagesEach }, (_, mapIndex) =>
      stageOf(`run-${run}`, { mapIndex, claimRank: mapIndex }),
    );
    const plan = planOf({ writes: [runOf(`run-${run}`), ...stages] });
    expect(await first.commit(plan)).toMatchObject({ ok: true });
  }
  return { url: database.url, opened, first };
}

/** Claims until nothing is left; answers what it got, and how long each claim took. */
async function claimAll(persistence: Persistence, id: string) {
  await persistence.commit(planOf({ writes: [workerOf({ id, epoch: 1 })] }));
  const claimed: string[] = [];
  const times: number[] = [];
  for (;;) {
    const begun = performance.now();
    const stages = await persistence.claim(
      claimOf({ session: { id, epoch: 1 }, limit: AT_ONCE, memoRecordsMax: 1 }),
    );
    times.push(performance.now() - begun);
    if (stages.length === 0) return { claimed, times };
    claimed.push(
      ...stages.map(({ stage }) => `${stage.runId}/${stage.mapIndex} under ${stage.fence}`),
    );
  }
}

for (const [name, place, kind] of [
  ["Postgres", await postgres(), onPostgres],
  ["MariaDB", await mariadb(), onMariadb],
] as const) {
  describeOn(`eight claimers on ${name}`, place, (server) => {
    it("claim each stage once, and wait for no row that somebody locked [27]", async () => {
      const { url, opened, first } = await filled(server, kind);
      const all = kind.runs * kind.stagesEach;
      const release = await kind.lock(url);
      endings.push(release);
      const claimers = await Promise.all(Array.from({ length: CLAIMERS }, opened));
      const told = await Promise.all(
        claimers.map((persistence, i) => claimAll(persistence, `claimer-${i}`)),
      );
      const claimed = told.flatMap((one) => one.claimed);
      const times = told.flatMap((one) => one.times).sort((a, b) => a - b);
      expect([claimed.length, new Set(claimed).size]).toEqual([all - 1, all - 1]);
      expect(claimed.every((text) => text.endsWith(" under 1"))).toBe(true);
      expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(SOON_MS);
      await release();
      await expect
        .poll(async () => (await claimAll(first, "late")).claimed, { timeout: 10_000 })
        .toEqual(["run-0/0 under 1"]);
    });
  });
}
