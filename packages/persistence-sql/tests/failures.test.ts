import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { CorruptRowError, PersistenceUnavailableError } from "@pawl/kernel";
import {
  claimOf,
  eventOf,
  planOf,
  running,
  runOf,
  stageKey,
  stageOf,
  stepPlan,
  workerOf,
} from "@pawl/test-parts/plans";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openSqlite } from "../src/sqlite/open.ts";
import { sqlitePersistence } from "../src/sqlite/persistence.ts";
import { type TemporaryStore, temporaryStore } from "./temporary-store.ts";

const bounds = { recordsMax: 10, bytesMax: 1_000 };

let store: TemporaryStore;
beforeEach(() => {
  store = temporaryStore();
});
afterEach(() => store.remove());

const change = (sql: string): void => {
  const database = new Database(store.path);
  database.exec(sql);
  database.close();
};

test("a full disk refuses whole plans, and all that was answered stays [B12]", async () => {
  const opened = await openSqlite({ path: store.path });
  const { database } = opened.connection;
  const persistence = sqlitePersistence(opened);
  await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", running)] }));
  const pages = database.pragma("page_count", { simple: true }) as number;
  database.pragma(`max_page_count = ${pages + 20}`);
  let answered = 0;
  const filling = async () => {
    for (;;) {
      const plan = planOf({ writes: [stageOf("run", { mapIndex: answered + 1, input: big })] });
      const batch = [plan, planOf({ guards: [], events: [eventOf("run")] })];
      const results = await persistence.commitMany(batch);
      expect(results.map(({ ok }) => ok)).toEqual([true, true]);
      answered += 1;
    }
  };
  const big = `i${"x".repeat(8_000)}`;
  await expect(filling()).rejects.toMatchObject({
    name: "PersistenceUnavailableError",
    code: "E_DATABASE_FULL",
    message: expect.stringMatching(/no space left for .*pawl\.db: .*free some and try again/),
  });
  expect(answered).toBeGreaterThan(3);
  const whole = async () => {
    expect(await persistence.query.count("stages", {}, 1_000)).toBe(answered + 1);
    expect(await persistence.query.count("events", {}, 1_000)).toBe(answered);
    expect((await persistence.load("run", {}))?.run.rev).toBe(answered);
  };
  await whole();
  database.pragma("max_page_count = 1073741823");
  expect(await persistence.commit(stepPlan("run", 1))).toMatchObject({ ok: true });
  await whole();
  expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
  await persistence.close();
});

describe("a file that is taken away while it is open", () => {
  afterEach(() => vi.useRealTimers());

  test.each([
    ["removed", () => rmSync(store.path)],
    ["replaced", () => renameSync(`${store.path}.other`, store.path)],
  ])("and %s takes no more writes, until it is back", async (_, takeAway) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const persistence = await store.open();
    await persistence.commit(planOf({ writes: [runOf("run")] }));
    linkSync(store.path, `${store.path}.kept`);
    writeFileSync(`${store.path}.other`, "");
    takeAway();
    vi.advanceTimersByTime(1_000);
    for (let again = 0; again < 2; again++) {
      const writing = persistence.commit(planOf({ writes: [runOf("lost")] }));
      await expect(writing).rejects.toBeInstanceOf(PersistenceUnavailableError);
      await expect(writing).rejects.toThrow(/removed or replaced.*put the file back/);
    }
    renameSync(`${store.path}.kept`, store.path);
    const plan = planOf({ commitId: "kept", writes: [runOf("kept")] });
    expect(await persistence.commit(plan)).toMatchObject({ ok: true });
  });
});

describe("a damaged file", () => {
  test("that is no database is named", async () => {
    writeFileSync(store.path, "this is a letter and no database".repeat(100));
    const open = store.open();
    await expect(open).rejects.toBeInstanceOf(CorruptRowError);
    await expect(open).rejects.toThrow(store.path);
  });

  test("whose pages are overwritten is named when they are read", async () => {
    const persistence = await store.open();
    const writes = Array.from({ length: 50 }, (_, i) => runOf(`run ${i}`));
    await persistence.commit(planOf({ writes }));
    await persistence.close();
    const database = new Database(store.path);
    const size = database.pragma("page_size", { simple: true }) as number;
    const root = database.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'runs'");
    const page = root.pluck().get() as number;
    database.close();
    const file = openSync(store.path, "r+");
    writeSync(file, Buffer.alloc(size, 0xff), 0, size, (page - 1) * size);
    closeSync(file);
    const reading = (await store.open()).query.find({ table: "runs", where: {}, limit: 10 });
    await expect(reading).rejects.toMatchObject({ name: "CorruptRowError", code: "E_ROW_CORRUPT" });
  });

  test("that lost a table says that it is not migrated", async () => {
    const persistence = await store.open();
    change("DROP TABLE logs");
    const reading = persistence.query.find({ table: "logs", where: {}, limit: 1 });
    await expect(reading).rejects.toMatchObject({ code: "E_SCHEMA_MISSING" });
  });
});

describe("a damaged row", () => {
  const damage = async (sql: string) => {
    const persistence = await store.open();
    const writes = [runOf("run"), stageOf("run", running)];
    await persistence.commit(planOf({ writes }));
    await persistence.commit(stepPlan("run", 1));
    change(sql);
    return persistence;
  };
  const corrupt = (table: string, column: string) =>
    expect.objectContaining({
      code: "E_ROW_CORRUPT",
      details: expect.objectContaining({ table, column }),
    });

  test.each([
    ["half a JSON text", "UPDATE runs SET labels = '{\"a\":'", "labels"],
    ["text for a number", "UPDATE runs SET rev = 'many'", "rev"],
    ["bytes for text", "UPDATE runs SET queue = x'00ff'", "queue"],
    ["half a failure", "UPDATE runs SET failure = '{'", "failure"],
  ])("with %s is named by table, key and column", async (_, sql, column) => {
    const persistence = await damage(sql);
    const reading = persistence.load("run", {});
    await expect(reading).rejects.toEqual(corrupt("runs", column));
    await expect(reading).rejects.toThrow(/"id":"run"/);
    const getting = persistence.query.get("runs", { id: "run" });
    await expect(getting).rejects.toEqual(corrupt("runs", column));
  });

  test("stops a claim, which then claims nothing", async () => {
    const persistence = await store.open();
    const worker = { expiresAt: store.clock.now() + 60_000 };
    await persistence.commit(planOf({ writes: [workerOf(worker), runOf("run"), stageOf("run")] }));
    change("UPDATE stages SET reads = 'none', held = 7 - 7");
    await expect(persistence.claim(claimOf())).rejects.toEqual(corrupt("stages", "reads"));
    change("UPDATE stages SET reads = '[]'");
    expect((await persistence.claim(claimOf())).map(({ stage }) => stage.fence)).toEqual([1]);
  });

  test("with a flag that is neither 0 nor 1 is named", async () => {
    const persistence = await damage("UPDATE stages SET nondurable = 7");
    const reading = persistence.load("run", { stages: [stageKey("run")] });
    await expect(reading).rejects.toEqual(corrupt("stages", "nondurable"));
  });

  test("of the memo is named", async () => {
    const persistence = await damage("UPDATE steps SET failure = 'x'");
    const reading = persistence.memoPage(stageKey("run"), 0, bounds);
    await expect(reading).rejects.toEqual(corrupt("steps", "failure"));
  });
});

describe("a file that another process holds", () => {
  test("is waited for, and the commit is written when it is free [114]", async () => {
    const persistence = await store.open({ busyTimeoutMs: 1 });
    const foreign = new Database(store.path);
    foreign.exec("BEGIN IMMEDIATE");
    let settled = false;
    const commit = persistence.commit(planOf({ writes: [runOf("run")] }));
    const reading = persistence.load("run", {});
    void commit.then(() => {
      settled = true;
    });
    expect(await reading).toBeUndefined();
    expect(settled).toBe(false);
    foreign.exec("COMMIT");
    expect(await commit).toMatchObject({ ok: true });
    foreign.close();
  });

  test("is given up after the time set, with nothing written [114, B10]", async () => {
    const persistence = await store.open({ busyTimeoutMs: 0, lockTimeoutMs: 30 });
    const foreign = new Database(store.path);
    foreign.exec("BEGIN IMMEDIATE");
    const code = "E_DATABASE_LOCKED";
    const commit = persistence.commit(planOf({ writes: [runOf("run")] }));
    await expect(commit).rejects.toBeInstanceOf(PersistenceUnavailableError);
    await expect(commit).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/pawl\.db stayed locked .*: try again, and look for/),
    });
    await expect(persistence.claim(claimOf())).rejects.toMatchObject({ code });
    foreign.close();
    expect(await persistence.query.count("runs", {}, 10)).toBe(0);
    expect(await persistence.commit(planOf({ writes: [runOf("run")] }))).toMatchObject({
      ok: true,
    });
  });

  test("makes later writers wait behind the one that waits for it", async () => {
    const persistence = await store.open({ busyTimeoutMs: 0 });
    const foreign = new Database(store.path);
    foreign.exec("BEGIN IMMEDIATE");
    const order: number[] = [];
    const commit = (i: number) =>
      persistence.commit(planOf({ writes: [runOf(`${i}`)] })).then(() => order.push(i));
    const first = commit(1);
    foreign.exec("COMMIT");
    await Promise.all([first, commit(2), commit(3)]);
    expect(order).toEqual([1, 2, 3]);
    foreign.close();
  });
});

describe("a value that no table allows", () => {
  test("is a broken rule of the engine and no refusal", async () => {
    const persistence = await store.open();
    const commit = (part: object) => persistence.commit(planOf({ writes: [runOf("run", part)] }));
    await expect(commit({ status: "odd" })).rejects.toMatchObject({ code: "E_INVARIANT" });
    await expect(commit({ seed: null })).rejects.toMatchObject({ code: "E_INVARIANT" });
    await expect(commit({ seed: { a: 1 } })).rejects.toMatchObject({ code: "E_ARGUMENT_INVALID" });
    expect(await persistence.query.count("runs", {}, 10)).toBe(0);
  });
});

describe("closing", () => {
  test("moves the log into the file and lets go of it", async () => {
    const persistence = await store.open();
    await persistence.commit(planOf({ writes: [runOf("run")] }));
    expect(existsSync(`${store.path}-wal`)).toBe(true);
    await persistence.close();
    expect(existsSync(`${store.path}-wal`)).toBe(false);
    await persistence.close();
  });

  test("lets finish what was asked before and refuses what comes after", async () => {
    const persistence = await store.open();
    const before = persistence.commit(planOf({ writes: [runOf("run")] }));
    const closing = persistence.close();
    const after = persistence.commit(planOf({ writes: [runOf("late")] }));
    await expect(after).rejects.toBeInstanceOf(PersistenceUnavailableError);
    expect(await before).toMatchObject({ ok: true });
    await closing;
    const calls = [
      persistence.load("run", {}),
      persistence.claim(claimOf()),
      persistence.heartbeat({ id: "s", epoch: 1 }, { ttlMs: 1, load: 0 }),
      persistence.sweep({ namespace: "n", kinds: ["startDue"], limit: 1 }),
      persistence.query.find({ table: "runs", where: {}, limit: 1 }),
      persistence.commitMany([]),
      persistence.ackIntents([]),
      persistence.ackDispatch([]),
    ];
    for (const call of calls) {
      await expect(call).rejects.toBeInstanceOf(PersistenceUnavailableError);
    }
  });

  test("leaves the file to other handles [110]", async () => {
    const [one, two] = [await store.open(), await store.open()];
    await one.commit(planOf({ writes: [runOf("run")] }));
    expect(statSync(`${store.path}-wal`).size).toBeGreaterThan(0);
    await one.close();
    expect(statSync(`${store.path}-wal`).size).toBe(0);
    expect((await two.load("run", {}))?.run.id).toBe("run");
    expect(await two.commit(planOf({ writes: [runOf("more")] }))).toMatchObject({ ok: true });
  });
});
