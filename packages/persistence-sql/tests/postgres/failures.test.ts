import { CorruptRowError, PersistenceUnavailableError } from "@pawl/kernel";
import type { Persistence, RunId } from "@pawl/kernel/ports";
import { type OwnServer, privatePostgres, proxy, type TcpProxy } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import {
  claimOf,
  eventOf,
  planOf,
  running,
  runOf,
  stageOf,
  stepPlan,
  workerOf,
} from "@pawl/test-parts/plans";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createPostgresPersistence } from "../../src/index.ts";
import { onPostgres } from "./on-postgres.ts";

const unavailable = (message: RegExp, code = "E_PERSISTENCE_UNAVAILABLE") =>
  expect.objectContaining({
    name: "PersistenceUnavailableError",
    code,
    message: expect.stringMatching(message),
  });

onPostgres("a PostgreSQL server", (place) => {
  const open = (url: string, part: object = {}): Promise<Persistence> =>
    createPostgresPersistence({ url, migrate: true, connectTimeoutMs: 500, ...part });

  const changed = (change: (url: URL) => void): string => {
    const url = new URL(place().schema.url);
    change(url);
    return url.href;
  };

  test("that is not there is named by host and port, and soon", async () => {
    const url = changed((one) => {
      one.port = "1";
      one.password = "s3cret";
    });
    const startedAt = performance.now();
    const opening = open(url);
    await expect(opening).rejects.toEqual(unavailable(/127\.0\.0\.1:1\/.*check that the server/));
    await expect(opening).rejects.not.toThrow(/s3cret/);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  // A server that starts, ends or is full is unavailable. One that answers that it knows no such
  // database or user goes on saying so: waiting for it mends nothing, whoever creates it starts
  // the program again. What was open before is only away.
  const misconfigured = (message: RegExp) =>
    expect.objectContaining({
      code: "E_CONFIG_INVALID",
      kind: "invalid",
      message: expect.stringMatching(message),
    });

  test("without this database says so, as something to set right", async () => {
    const url = changed((one) => {
      one.pathname = "/nowhere";
    });
    await expect(open(url)).rejects.toEqual(misconfigured(/nowhere does not exist: create/));
  });

  test("that refuses a user says so, without the password", async () => {
    const url = changed((one) => {
      one.username = "nobody_known";
      one.password = "s3cret";
    });
    const opening = open(url);
    await expect(opening).rejects.toEqual(misconfigured(/refuses these credentials/));
    await expect(opening).rejects.not.toThrow(/s3cret/);
  });

  test.each(["", "mysql://a/b", "./pawl.db"])("is not named by %j", async (url) => {
    await expect(open(url)).rejects.toMatchObject({ code: "E_ARGUMENT_INVALID" });
  });

  test("that speaks no TLS is told as such", async () => {
    const url = changed((one) => one.searchParams.set("sslmode", "verify-full"));
    await expect(open(url)).rejects.toEqual(misconfigured(/by TLS: .*sslmode=disable in the URL/));
  });

  test("where this user may make no tables says what to grant", async () => {
    const { schema } = place();
    const name = `reader_${schema.schema}`;
    await schema.pool.query(`CREATE ROLE ${name} LOGIN; CREATE SCHEMA "of_${name}"`);
    await schema.pool.query(`GRANT USAGE ON SCHEMA "of_${name}" TO ${name}`);
    try {
      const url = changed((one) => {
        one.username = name;
      });
      for (const absent of ["", "no_"]) {
        const opening = open(url, { schema: `${absent}of_${name}` });
        await expect(opening).rejects.toThrow(/grant CREATE on it .*permission denied/);
      }
    } finally {
      await schema.pool.query(`DROP SCHEMA "of_${name}"; DROP ROLE ${name}`);
    }
  });

  test("whose session reads only says so", async () => {
    const { schema } = place();
    const persistence = await schema.open();
    const database = new URL(schema.url).pathname.slice(1);
    await schema.pool.query(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    try {
      const standby = await schema.open({ migrate: false });
      const commit = standby.commit(planOf({ writes: [runOf("run")] }));
      await expect(commit).rejects.toEqual(unavailable(/takes no writes/, "E_DATABASE_READ_ONLY"));
      expect(await standby.load("run", {})).toBeUndefined();
    } finally {
      await schema.pool.query(`ALTER DATABASE ${database} SET default_transaction_read_only = off`);
    }
    expect(await persistence.commit(planOf({ writes: [runOf("run")] }))).toMatchObject({
      ok: true,
    });
  });

  test("that lost a table says that it is not migrated", async () => {
    const schema = place().database.schema({ fresh: true });
    const persistence = await schema.open();
    await schema.pool.query(`DROP TABLE "${schema.schema}".logs`);
    const reading = persistence.query.find({ table: "logs", where: {}, limit: 1 });
    await expect(reading).rejects.toMatchObject({ code: "E_SCHEMA_MISSING" });
    await schema.remove();
  });

  test("whose statement takes too long is asked to end it, and is used again", async () => {
    const { schema } = place();
    const persistence = await schema.open({ statementTimeoutMs: 200 });
    await persistence.commit(planOf({ writes: [runOf("run")] }));
    const foreign = await schema.pool.connect();
    await foreign.query(`BEGIN; LOCK TABLE "${schema.schema}".runs IN ACCESS EXCLUSIVE MODE`);
    const startedAt = performance.now();
    const reading = persistence.load("run", {});
    await expect(reading).rejects.toEqual(
      unavailable(/no answer after 200 ms.*statementTimeoutMs/),
    );
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    const waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    await expect.poll(async () => (await foreign.query(waiting)).rows[0]?.count).toBe("0");
    await foreign.query("ROLLBACK");
    foreign.release();
    expect((await persistence.load("run", {}))?.run.id).toBe("run");
  });

  test("whose pool is the caller's keeps it when the persistence is closed", async () => {
    const { schema } = place();
    const pool = new pg.Pool({ connectionString: schema.url, max: 1 });
    const persistence = await schema.open({ url: undefined, pool } as never);
    await persistence.commit(planOf({ writes: [runOf("run")] }));
    await persistence.close();
    const late = persistence.load("run", {});
    await expect(late).rejects.toBeInstanceOf(PersistenceUnavailableError);
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  test("without prepared statements works as one with them", async () => {
    const { schema } = place();
    const persistence = await schema.open({ prepare: false, poolMax: 1 });
    await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", running)] }));
    for (const seq of [1, 2, 3]) {
      expect(await persistence.commit(stepPlan("run", seq))).toMatchObject({ ok: true });
    }
    const names = await schema.pool.query("SELECT count(*) FROM pg_prepared_statements");
    expect(names.rows).toEqual([{ count: "0" }]);
  });

  test("a row that can't be what was written stops a claim, which is given back", async () => {
    const { schema } = place();
    const persistence = await schema.open();
    const worker = workerOf({ expiresAt: schema.clock.now() + 60_000 });
    await persistence.commit(planOf({ writes: [worker, runOf("run"), stageOf("run")] }));
    const stages = `"${schema.schema}".stages`;
    for (const [column, value, whole] of [
      ["reads", "none", "[]"],
      ["failure", "{", null],
    ]) {
      await schema.pool.query(`UPDATE ${stages} SET ${column} = $1`, [value]);
      await expect(persistence.claim(claimOf())).rejects.toEqual(
        expect.objectContaining({
          code: "E_ROW_CORRUPT",
          details: expect.objectContaining({ table: "stages", column }),
        }),
      );
      await schema.pool.query(`UPDATE ${stages} SET ${column} = $1`, [whole]);
      const { rows } = await schema.pool.query(`SELECT status, session FROM ${stages}`);
      expect(rows).toEqual([{ status: "ready", session: null }]);
    }
    expect(await persistence.claim(claimOf())).toHaveLength(1);
  });

  test("claims pass over rows that can't be what was written, and take the rest [B8]", async () => {
    const { schema } = place();
    const persistence = await schema.open();
    const worker = workerOf({ expiresAt: schema.clock.now() + 60_000 });
    const damage = {
      none: "{",
      half: "[half",
      other: '["a", "b"]',
      number: "[1]",
      nul: '["\\u0000"]',
    };
    const runs = [...Object.keys(damage), "good"];
    await persistence.commit(
      planOf({ writes: [worker, ...runs.flatMap((id) => [runOf(id), stageOf(id)])] }),
    );
    for (const [id, reads] of Object.entries(damage)) {
      const text = `UPDATE "${schema.schema}".stages SET reads = $1 WHERE run_id = $2`;
      await schema.pool.query(text, [reads, id]);
    }
    const named: RunId[] = [];
    for (;;) {
      const claim = persistence.claim(claimOf({ exceptRuns: named }));
      const answer = await claim.catch((error: CorruptRowError) => error);
      if (!(answer instanceof CorruptRowError)) {
        expect(answer).toMatchObject([{ stage: { runId: "good" } }]);
        break;
      }
      expect(answer.details).toMatchObject({ table: "stages", column: "reads" });
      named.push((answer.details as { key: { runId: RunId } }).key.runId);
    }
    expect(named.toSorted()).toEqual(Object.keys(damage).toSorted());
  });

  test("a connection whose prepared texts were dropped is given up, the plan written", async () => {
    const { schema } = place();
    const pool = new pg.Pool({ connectionString: schema.url, max: 1 });
    const persistence = await schema.open({ url: undefined, pool } as never);
    for (const id of ["a", "b", "c"]) await persistence.commit(planOf({ writes: [runOf(id)] }));
    await pool.query("DISCARD ALL");
    const after = await persistence.commit(planOf({ writes: [runOf("d")] }));
    expect(after).toMatchObject({ ok: true });
    await persistence.close();
    await pool.end();
  });

  describe("behind a network that fails", () => {
    let network: TcpProxy;
    let persistence: Persistence;
    beforeEach(async () => {
      const { schema } = place();
      network = await proxy(schema.url);
      await schema.open();
      const limits = { poolMax: 2, statementTimeoutMs: 500, connectTimeoutMs: 500 };
      persistence = await schema.open({ url: network.url, ...limits });
      await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", running)] }));
      for (const seq of [1, 2]) await persistence.commit(stepPlan("run", seq));
    });
    afterEach(async () => {
      await network.pass();
      await persistence.close();
      await network.close();
    });

    test.each([
      ["a step", () => stepPlan("run", 3)],
      [
        "an event",
        () => planOf({ guards: [{ kind: "rev", runId: "run", rev: 0 }], events: [eventOf("run")] }),
      ],
      ["a row of no run", () => planOf({ writes: [workerOf()] })],
    ] as const)("%s whose answer is lost is found out to be written", async (_, planned) => {
      const plan = planned();
      const lost = network.loseAnswer();
      const [result] = await Promise.all([persistence.commit(plan), lost]);
      expect(result).toMatchObject({ ok: true, replayed: true });
      expect(await persistence.commit(plan)).toMatchObject({ ok: true, replayed: true });
    });

    test("a batch whose answer is lost is found out plan by plan", async () => {
      const plans = [stepPlan("run", 3), stepPlan("absent", 1), planOf({ writes: [runOf("new")] })];
      const lost = network.loseAnswer();
      const [results] = await Promise.all([persistence.commitMany(plans), lost]);
      expect(results).toMatchObject([
        { ok: true, replayed: true },
        { ok: false, why: "missing" },
        { ok: true, replayed: true },
      ]);
    });

    test("connections that were cut while nobody used them are made again", async () => {
      network.cut();
      expect((await persistence.load("run", {}))?.run.id).toBe("run");
      network.cut();
      expect(await persistence.commit(stepPlan("run", 3))).toMatchObject({ ok: true });
    });

    test("nothing is answered while nobody can find out, and all is well afterwards", async () => {
      network.refuse();
      const plan = stepPlan("run", 3);
      await expect(persistence.commit(plan)).rejects.toEqual(unavailable(/can't be reached/));
      await expect(persistence.claim(claimOf())).rejects.toEqual(unavailable(/can't be reached/));
      await network.pass();
      expect(await persistence.commit(plan)).toMatchObject({ ok: true });
      expect(await persistence.query.count("steps", {}, 9)).toBe(3);
    });

    test("silence ends after the time set", async () => {
      network.hold();
      const startedAt = performance.now();
      await expect(persistence.commit(stepPlan("run", 3))).rejects.toBeInstanceOf(
        PersistenceUnavailableError,
      );
      expect(performance.now() - startedAt).toBeLessThan(4_000);
      await network.pass();
      const again = await persistence.commit(stepPlan("run", 4));
      expect(again).toMatchObject({ ok: true });
    });
  });
});

const own = await privatePostgres({ settings: { max_connections: 8 } });

describeOn("a server that ends", own, (server: OwnServer) => {
  let persistence: Persistence;
  beforeAll(async () => {
    persistence = await createPostgresPersistence({ url: server.url, migrate: true, poolMax: 2 });
    await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", running)] }));
  });
  afterAll(async () => {
    await persistence.close();
    await server.remove();
  });

  test.each(["fast", "immediate"] as const)("(%s) is used again when it is back", async (mode) => {
    await server.stop(mode);
    const plan = stepPlan("run", mode === "fast" ? 1 : 2);
    await expect(persistence.commit(plan)).rejects.toBeInstanceOf(PersistenceUnavailableError);
    await server.start();
    expect(await persistence.commit(plan)).toMatchObject({ ok: true });
    expect((await persistence.load("run", {}))?.run.id).toBe("run");
  });

  test("with no connection left says so", async () => {
    const others = Array.from({ length: 8 }, () => new pg.Client({ connectionString: server.url }));
    const connected = await Promise.allSettled(others.map((other) => other.connect()));
    expect(connected.some(({ status }) => status === "rejected")).toBe(true);
    const opening = createPostgresPersistence({ url: server.url });
    await expect(opening).rejects.toEqual(unavailable(/has no connection left: raise/));
    await Promise.allSettled(others.map((other) => other.end()));
  });
});
