import { describeOn, mariadb, postgres } from "@pawl/services/vitest";
import { createPool } from "mariadb";
import pg from "pg";
import { expect, test } from "vitest";
import { openHeartbeat } from "../src/heartbeat-module.ts";
import {
  createMysqlPersistence,
  createPostgresPersistence,
  createSqlitePersistence,
} from "../src/index.ts";
import { settings } from "../src/mysql/settings.ts";
import { MysqlDatabase } from "./mysql/mysql-store.ts";
import { temporaryDatabase } from "./postgres/temporary-database.ts";
import { temporaryStore } from "./temporary-store.ts";

const SESSION = { id: "nobody", epoch: 1 };
const BEAT = { ttlMs: 25_000, load: 0 };

/** Opened by a server's URL, a heartbeat hears when its connection is ended, and makes another. */
async function hearsItsLoss(config: unknown, end: () => Promise<unknown>): Promise<void> {
  const heartbeat = await openHeartbeat(config);
  let losses = 0;
  heartbeat.onLost(() => {
    losses += 1;
  });
  expect(await heartbeat.beat(SESSION, BEAT)).toMatchObject({ alive: false });
  await end();
  await expect.poll(() => losses).toBe(1);
  expect(await heartbeat.beat(SESSION, BEAT)).toMatchObject({ alive: false });
  await heartbeat.close();
  expect(losses).toBe(1);
}

const module = expect.stringMatching(/^file:.*\/heartbeat-module\.ts$/);

test("a file is described; memory, and a clock of a test, are not", async () => {
  const { path, remove } = temporaryStore();
  const onFile = await createSqlitePersistence({ path, synchronous: "NORMAL" });
  const config = { kind: "sqlite", path, tablePrefix: "", synchronous: "NORMAL" };
  expect(onFile.heartbeatDescriptor?.()).toEqual({ module, config });
  const inMemory = await createSqlitePersistence({ path: ":memory:" });
  const clocked = await createSqlitePersistence({ path, clock: { now: () => 0 } });
  for (const none of [inMemory, clocked]) expect(none.heartbeatDescriptor?.()).toBe(undefined);
  for (const opened of [onFile, inMemory, clocked]) await opened.close();
  await remove();
});

describeOn("a heartbeat on Postgres", await postgres(), (server) => {
  test("is described by a URL; a pool of the caller's is not", async () => {
    const database = await temporaryDatabase(server);
    const { url } = database;
    const byUrl = await createPostgresPersistence({ url, migrate: true });
    const config = { kind: "postgres", url, schema: "public", tablePrefix: "" };
    expect(byUrl.heartbeatDescriptor?.()).toEqual({ module, config });
    const pool = new pg.Pool({ connectionString: url });
    const byPool = await createPostgresPersistence({ pool });
    expect(byPool.heartbeatDescriptor?.()).toBe(undefined);
    expect(await byPool.deadSessions?.("default")).toEqual([]);
    await hearsItsLoss(config, () =>
      pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity" +
          " WHERE application_name = 'pawl heartbeat' AND datname = current_database()",
      ),
    );
    for (const opened of [byUrl, byPool]) await opened.close();
    await pool.end();
    await database.drop();
  });
});

describeOn("a heartbeat on MariaDB", await mariadb(), (server) => {
  test("is described by a URL; a pool of the caller's is not", async () => {
    const database = await MysqlDatabase.on(server);
    const { url } = database;
    const byUrl = await createMysqlPersistence({ url });
    const config = { kind: "mysql", url, tablePrefix: "" };
    expect(byUrl.heartbeatDescriptor?.()).toEqual({ module, config });
    const { hostname: host, port, username: user, password, pathname } = new URL(url);
    const pool = createPool({
      host,
      port: Number(port),
      user,
      password,
      database: pathname.slice(1),
      initSql: [...settings(5_000)],
    });
    const byPool = await createMysqlPersistence({ pool });
    expect(byPool.heartbeatDescriptor?.()).toBe(undefined);
    for (const opened of [byUrl, byPool]) await opened.close();
    await pool.end();
    await hearsItsLoss(config, async () => {
      const [[id] = []] = await database.run(
        "SELECT id FROM information_schema.processlist" +
          " WHERE db = DATABASE() AND id <> CONNECTION_ID() ORDER BY id DESC",
      );
      await database.run(`KILL ${id}`);
    });
    await database.drop();
  });
});
