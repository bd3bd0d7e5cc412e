import type { Persistence } from "@pawl/kernel/ports";
import { isSkipped, type OwnServer, privateMariadb, proxy, type TcpProxy } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import {
  eventOf,
  owned,
  planOf,
  running,
  runOf,
  session,
  stageKey,
  stageOf,
  stepPlan,
  workerOf,
} from "@pawl/test-parts/plans";
import { createConnection, createPool } from "mariadb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMysqlPersistence } from "../../src/index.ts";
import { MysqlDatabase } from "./mysql-store.ts";

const own = await privateMariadb({ settings: { "max-connections": 20 } });
afterAll(async () => {
  if (!isSkipped(own)) await own.remove();
});

describeOn("failures of MariaDB", own, (server: OwnServer) => {
  let database: MysqlDatabase;
  const opened: Persistence[] = [];

  beforeAll(async () => {
    database = await MysqlDatabase.on(server);
  });
  afterAll(() => database.drop());
  afterEach(async () => {
    for (const persistence of opened.splice(0)) await persistence.close();
    await database.store().remove();
  });

  const open = async (part: object = {}): Promise<Persistence> => {
    const persistence = await createMysqlPersistence({ url: database.url, poolMax: 2, ...part });
    opened.push(persistence);
    return persistence;
  };
  const urlWith = (change: (url: URL) => void): string => {
    const url = new URL(database.url);
    change(url);
    return url.href;
  };
  const told = async (work: Promise<unknown>): Promise<{ code: string; message: string }> =>
    work.then(
      () => ({ code: "none", message: "" }),
      (error) => error,
    );

  describe("at opening", () => {
    test("a password that is wrong is refused and never shown", async () => {
      const url = urlWith((to) => {
        to.username = "somebody";
        to.password = "hunter2";
      });
      const error = await told(open({ url }));
      expect(error.code).toBe("E_CONFIG_INVALID");
      expect(error.message).toMatch(/pawl_\w+ at 127\.0\.0\.1:\d+ refuses this user/);
      expect(JSON.stringify(error) + error.message).not.toContain("hunter2");
    });

    test("a database that is not there is named", async () => {
      const url = urlWith((to) => {
        to.pathname = "/nowhere";
      });
      const error = await told(open({ url }));
      expect(error.code).toBe("E_CONFIG_INVALID");
      expect(error.message).toMatch(/database nowhere at .* does not exist: create it/);
    });

    test("a server without TLS is told as such", async () => {
      const url = urlWith((to) => {
        to.search = "?ssl=true";
      });
      expect(await told(open({ url }))).toMatchObject({
        code: "E_CONFIG_INVALID",
        message: expect.stringMatching(/speaks no TLS: .*take ssl=true out of the URL/),
      });
    });

    test("a server that is not there is unavailable at once", async () => {
      const url = urlWith((to) => {
        to.port = "1";
      });
      const startedAt = performance.now();
      const error = await told(open({ url }));
      expect(error).toMatchObject({ code: "E_PERSISTENCE_UNAVAILABLE" });
      expect(error.message).toMatch(
        /can't be reached: .*ECONNREFUSED.*: check that the server runs/,
      );
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    });

    test("a database without tables is left without tables", async () => {
      const empty = await MysqlDatabase.empty(server);
      const error = await told(open({ url: empty.url }));
      expect(error.code).toBe("E_SCHEMA_MISSING");
      expect(await empty.run("SHOW TABLES")).toEqual([]);
      await empty.drop();
    });

    test.each([
      "postgres://root@127.0.0.1/app",
      "mariadb://root:hunter2@127.0.0.1:3306",
      "mariadb://root:hunter2@127.0.0.1:3306/app?multipleStatements=true",
      "mariadb://root:hunter2@127.0.0.1:3306/app?ssl=maybe",
      "nothing",
    ])("the url %s is refused", async (url) => {
      const error = await told(open({ url }));
      expect(error.code).toBe("E_ARGUMENT_INVALID");
      expect(error.message).not.toContain("hunter2");
    });

    test.each([0, -1, 1.5])("a statement timeout of %d is refused", async (statementTimeoutMs) => {
      expect((await told(open({ statementTimeoutMs }))).code).toBe("E_ARGUMENT_INVALID");
    });
  });

  describe("a given pool", () => {
    const config = () => {
      const url = new URL(database.url);
      const place = { host: url.hostname, port: Number(url.port), user: url.username };
      return { ...place, database: url.pathname.slice(1), connectionLimit: 2 };
    };

    test("whose connections are set otherwise is refused, and told how", async () => {
      const pool = createPool(config());
      const error = await told(open({ url: undefined, pool }));
      expect(error.code).toBe("E_CONFIG_INVALID");
      expect(error.message).toMatch(/initSql: .*READ COMMITTED.*innodb_lock_wait_timeout = 1/);
      await pool.end();
    });

    test("without strict mode is refused", async () => {
      const initSql = [
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SET SESSION innodb_lock_wait_timeout = 1, sql_mode = ''",
      ];
      const pool = createPool({ ...config(), initSql });
      const error = await told(open({ url: undefined, pool }));
      expect(error.message).toMatch(/initSql: SET SESSION sql_mode = 'STRICT_ALL_TABLES'$/);
      await pool.end();
    });

    test("is used as it answers, and stays open", async () => {
      const initSql = [
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SET SESSION innodb_lock_wait_timeout = 1",
      ];
      const pool = createPool({ ...config(), initSql, rowsAsArray: false, bigIntAsNumber: false });
      const persistence = await createMysqlPersistence({ pool });
      const created = planOf({ writes: [runOf("run", { createdAt: 2 ** 40 })] });
      expect(await persistence.commit(created)).toMatchObject({ ok: true });
      expect((await persistence.load("run", {}))?.run.createdAt).toBe(2 ** 40);
      await persistence.close();
      const [row] = await pool.query("SELECT count(*) AS count FROM runs");
      expect(Number(row.count)).toBe(1);
      await pool.end();
    });
  });

  describe("under way", () => {
    let between: TcpProxy;
    let persistence: Persistence;

    beforeEach(async () => {
      between = await proxy(database.url);
      persistence = await open({ url: between.url, statementTimeoutMs: 1_000 });
      await persistence.commit(
        planOf({ writes: [workerOf(), runOf("run"), stageOf("run", running)] }),
      );
    });
    afterEach(() => between.close());

    const endPlan = () =>
      planOf({
        guards: [{ kind: "rev", runId: "run", rev: 0 }, owned("run")],
        writes: [
          { op: "update", table: "stages", key: stageKey("run"), set: { status: "completed" } },
          { op: "add", table: "runs", key: { id: "run" }, column: "inbox", by: 1 },
        ],
        events: [eventOf("run")],
      });
    const counts = async () => [
      await persistence.query.count("steps", {}, 9),
      await persistence.query.count("events", {}, 9),
      (await persistence.query.get("runs", { id: "run" }))?.inbox,
    ];

    test("connections that were cut are made anew, and nobody notices", async () => {
      between.cut();
      expect(await persistence.commit(stepPlan("run", 1))).toMatchObject({ ok: true });
      between.cut();
      expect((await persistence.load("run", {}))?.run.id).toBe("run");
      between.cut();
      const beat = await persistence.heartbeat(session, { ttlMs: 1_000, load: 0 });
      expect(beat.alive).toBe(true);
    });

    test("a commit whose answer was lost is found by its evidence [COMMIT-5]", async () => {
      const lost = between.loseAnswer("COMMIT");
      const result = await persistence.commit(endPlan());
      await lost;
      expect(result).toMatchObject({ ok: true, replayed: true, revs: { run: 1 } });
      expect(await counts()).toEqual([0, 1, 1]);
    });

    test("a step whose answer was lost is found by its key [COMMIT-5]", async () => {
      const plan = stepPlan("run", 1);
      const lost = between.loseAnswer(plan.commitId);
      const result = await persistence.commit(plan);
      await lost;
      expect(result).toMatchObject({ ok: true, replayed: true });
      expect(await counts()).toEqual([1, 0, 0]);
    });

    test("a batch whose answer was lost is found plan by plan [COMMIT-5]", async () => {
      await persistence.commit(planOf({ writes: [runOf("b")] }));
      const other = planOf({
        guards: [{ kind: "rev", runId: "b", rev: 0 }],
        events: [eventOf("b")],
      });
      const lost = between.loseAnswer("COMMIT");
      const results = await persistence.commitMany([endPlan(), other]);
      await lost;
      expect(results).toMatchObject([
        { ok: true, replayed: true },
        { ok: true, replayed: true },
      ]);
      expect(await counts()).toEqual([0, 2, 1]);
    });

    test("a commit that was lost before it was done is done once", async () => {
      const plan = endPlan();
      const lost = between.loseAnswer("START TRANSACTION");
      expect(await persistence.commit(plan)).toMatchObject({ ok: true, counters: [1] });
      await lost;
      expect(await counts()).toEqual([0, 1, 1]);
    });

    test("a server out of reach is unavailable in bounded time, and then back", async () => {
      between.refuse();
      const error = await told(persistence.commit(stepPlan("run", 1)));
      expect(error.code).toBe("E_PERSISTENCE_UNAVAILABLE");
      await between.pass();
      expect(await persistence.commit(stepPlan("run", 1))).toMatchObject({ ok: true });
    }, 30_000);

    test("a statement that takes too long is interrupted", async () => {
      const holder = await createConnection(database.url);
      await holder.query("LOCK TABLES runs WRITE");
      const error = await told(persistence.load("run", {}));
      expect(error.code).toBe("E_PERSISTENCE_UNAVAILABLE");
      expect(error.message).toMatch(/took too long: raise statementTimeoutMs/);
      await holder.end();
      expect((await persistence.load("run", {}))?.run.id).toBe("run");
    });

    test("a server that takes no writes says so, and reads go on", async () => {
      const guest = "CREATE USER IF NOT EXISTS guest@'127.0.0.1'";
      await database.run(guest);
      await database.run(`GRANT ALL ON ${database.database.name}.* TO guest@'127.0.0.1'`);
      const url = urlWith((to) => {
        to.username = "guest";
      });
      const reader = await open({ url });
      await database.run("SET GLOBAL read_only = 1");
      try {
        const error = await told(reader.commit(stepPlan("run", 1)));
        expect(error.code).toBe("E_DATABASE_READ_ONLY");
        expect((await reader.load("run", {}))?.run.id).toBe("run");
      } finally {
        await database.run("SET GLOBAL read_only = 0");
      }
      expect(await reader.commit(stepPlan("run", 1))).toMatchObject({ ok: true });
    });

    test("too many connections are said to be, and pass", async () => {
      const others = [];
      for (let i = 0; i < 30; i += 1) {
        const connection = await createConnection(database.url).catch(() => undefined);
        if (connection) others.push(connection);
      }
      const error = await told(open());
      expect(error.code).toBe("E_PERSISTENCE_UNAVAILABLE");
      expect(error.message).toMatch(/too many connections: lower poolMax/);
      for (const connection of others) await connection.end();
      expect(await persistence.commit(stepPlan("run", 1))).toMatchObject({ ok: true });
    }, 30_000);
  });

  test("a text that is too long for its column is refused as an argument", async () => {
    const persistence = await open();
    const error = await told(persistence.commit(planOf({ writes: [runOf("x".repeat(200))] })));
    expect(error.code).toBe("E_ARGUMENT_INVALID");
    expect(error.message).toMatch(/can't store a value: .*'id'/);
    expect(await persistence.query.count("runs", {}, 9)).toBe(0);
  });

  test("a payload above the server's packet is too large, and names the setting", async () => {
    const persistence = await open();
    const input = `i"${"x".repeat(17 * 1024 * 1024)}"`;
    const error = await told(persistence.commit(planOf({ writes: [runOf("big", { input })] })));
    expect(error.code).toBe("E_PAYLOAD_TOO_LARGE");
    expect(error.message).toMatch(/raise max_allowed_packet/);
    expect(persistence.capabilities.maxRowBytes).toBeLessThan(input.length);
    expect(await persistence.commit(planOf({ writes: [runOf("small")] }))).toMatchObject({
      ok: true,
    });
  });

  test("a server that was killed comes back with all that was answered", async () => {
    const persistence = await open();
    await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", running)] }));
    await persistence.commit(stepPlan("run", 1));
    await server.stop("immediate");
    const error = await told(persistence.commit(stepPlan("run", 2)));
    expect(error.code).toBe("E_PERSISTENCE_UNAVAILABLE");
    await server.start();
    expect(await persistence.commit(stepPlan("run", 2))).toMatchObject({ ok: true });
    expect(await persistence.query.count("steps", { runId: "run" }, 9)).toBe(2);
    await database.reconnect();
  }, 60_000);
});
