import type { Persistence, RowRef } from "@pawl/kernel/ports";
import { describeOn, mariadb } from "@pawl/services/vitest";
import {
  cancelPlan,
  claimOf,
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
import { type Connection, createConnection } from "mariadb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MysqlDatabase, type MysqlTestStore } from "./mysql-store.ts";

/** Well below the second that InnoDB waits for a lock. */
const SOON_MS = 500;

describeOn("locks of others on MariaDB", await mariadb(), (server) => {
  let database: MysqlDatabase;
  let store: MysqlTestStore;
  let persistence: Persistence;
  let foreign: Connection;

  beforeAll(async () => {
    database = await MysqlDatabase.on(server);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    store = database.store();
    persistence = await store.open();
    await persistence.commit(
      planOf({ writes: [workerOf(), runOf("run"), stageOf("run", running)] }),
    );
    foreign = await createConnection(database.url);
    await foreign.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    await foreign.beginTransaction();
  });
  afterEach(async () => {
    await foreign.end();
    await store.remove();
  });

  const soon = async <T>(work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const value = await work();
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
    return value;
  };
  const strict = { kind: "rev", runId: "run", rev: 0 } as const;
  const lock = (table: string, where: string, how = "FOR UPDATE") =>
    foreign.query(`SELECT 1 FROM ${table} WHERE ${where} ${how}`);

  test("a step needs its stage: changed by others it is busy, not waited for", async () => {
    await lock("stages", "run_id = 'run'");
    expect(await soon(() => persistence.commit(stepPlan("run", 1)))).toMatchObject({
      ok: false,
      why: "busy",
    });
    await foreign.query("UPDATE stages SET fence = 2 WHERE run_id = 'run'");
    await foreign.commit();
    expect(await persistence.commit(stepPlan("run", 1))).toMatchObject({ why: "fence" });
  });

  test("steps of one stage do not shut one another out, nor does the run", async () => {
    await lock("stages", "run_id = 'run'", "LOCK IN SHARE MODE");
    await lock("runs", "id = 'run'");
    const plan = stepPlan("run", 1);
    expect(await soon(() => persistence.commit(plan))).toMatchObject({ ok: true, inbox: 0 });
    const batch = [stepPlan("run", 2), stepPlan("run", 3)];
    const results = await soon(() => persistence.commitMany(batch));
    expect(results.map(({ ok }) => ok)).toEqual([true, true]);
  });

  test.each([
    ["its run", "runs", "id = 'run'"],
    ["its stage", "stages", "run_id = 'run'"],
  ])("a stage end does not wait for %s", async (_, table, where) => {
    const plan = planOf({
      guards: [strict, owned("run")],
      writes: [{ op: "update", table: "stages", key: stageKey("run"), set: { held: true } }],
      events: [eventOf("run")],
    });
    await lock(table, where);
    expect(await soon(() => persistence.commit(plan))).toMatchObject({ ok: false, why: "busy" });
    await foreign.rollback();
    expect(await persistence.commit(plan)).toMatchObject({ ok: true, revs: { run: 1 } });
  });

  test.each([
    ["a stage", "stages", "run_id = 'run' AND stage_id = 'other'"],
    ["a wait", "waits", "run_id = 'run' AND stage_id = 'other'"],
  ])("a change of all rows does not wait for %s of them", async (_, table, where) => {
    const wait = { op: "insert", table: "waits" } as const;
    const row = { runId: "run", stageId: "other", mapIndex: 0, generation: 0, key: "nap" };
    await persistence.commit(
      planOf({
        writes: [
          stageOf("run", { stageId: "other" }),
          {
            ...wait,
            row: {
              ...row,
              occurrence: 0,
              kind: "timer",
              name: "",
              dueAt: 5,
              openedAt: 1,
              outcome: null,
              value: null,
              failure: null,
              resolvedAt: null,
              seq: null,
            },
          },
        ],
      }),
    );
    const plan = cancelPlan("run", { rev: 0 });
    await lock(table, where);
    expect(await soon(() => persistence.commit(plan))).toMatchObject({ ok: false, why: "busy" });
    await foreign.rollback();
    expect(await persistence.commit(plan)).toMatchObject({ ok: true });
  });

  test("an update of an absent row is none; of a locked one busy", async () => {
    const reason = (id: string) =>
      planOf({ writes: [{ op: "update", table: "runs", key: { id }, set: { reason: "x" } }] });
    await lock("runs", "id = 'run'");
    expect(await persistence.commit(reason("absent"))).toMatchObject({ ok: true });
    expect(await soon(() => persistence.commit(reason("run")))).toMatchObject({ why: "busy" });
  });

  test("a locked row of a batch is answered busy and delays nobody", async () => {
    const ids = Array.from({ length: 63 }, (_, i) => `other ${i}`);
    await persistence.commit(planOf({ writes: ids.map((id) => runOf(id)) }));
    await lock("runs", "id = 'run'");
    const plans = ["run", ...ids].map((runId) =>
      planOf({ guards: [{ kind: "rev", runId, rev: 0 }], events: [eventOf(runId)] }),
    );
    const results = await soon(() => persistence.commitMany(plans));
    const [first, ...others] = results;
    expect(first).toMatchObject({ ok: false, why: "busy" });
    expect(new Set(others.map(({ ok }) => ok))).toEqual(new Set([true]));
  });

  describe("claims", () => {
    const ready = async (count: number) => {
      const indexes = Array.from({ length: count }, (_, mapIndex) => mapIndex);
      const writes = indexes.map((mapIndex) =>
        stageOf("run", { stageId: "map", mapIndex, claimRank: mapIndex }),
      );
      await persistence.commit(planOf({ writes }));
    };
    const taken = async (limit: number) =>
      (await soon(() => persistence.claim(claimOf({ limit })))).map(({ stage }) => stage.mapIndex);

    test("a second claimer gets the next rows, not none [4.4]", async () => {
      await ready(20);
      await foreign.query(
        "SELECT run_id FROM stages FORCE INDEX (stages_claim) WHERE namespace = 'default'" +
          " AND status = 'ready' AND held = 0 AND suspect = 0 AND queue = 'default'" +
          " AND definition = 'order@1#hash'" +
          " ORDER BY claim_rank LIMIT 5 FOR UPDATE SKIP LOCKED",
      );
      expect(await taken(5)).toEqual([5, 6, 7, 8, 9]);
      await foreign.rollback();
      expect(await taken(5)).toEqual([0, 1, 2, 3, 4]);
    });

    test("new stages come into a lane that others are claiming from [4.4]", async () => {
      await ready(3);
      await foreign.query(
        "SELECT run_id FROM stages FORCE INDEX (stages_claim) WHERE namespace = 'default'" +
          " AND status = 'ready' AND held = 0 AND suspect = 0 AND queue = 'default'" +
          " AND definition = 'order@1#hash'" +
          " ORDER BY claim_rank LIMIT 50 FOR UPDATE SKIP LOCKED",
      );
      const writes = [-1, 1, 99].map((claimRank, i) =>
        stageOf("run", { stageId: "new", mapIndex: 100 + i, claimRank }),
      );
      expect(await soon(() => persistence.commit(planOf({ writes })))).toMatchObject({ ok: true });
      expect(await taken(9)).toEqual([100, 101, 102]);
    });

    test("the runs of stages may be locked by others", async () => {
      await ready(2);
      await lock("runs", "id = 'run'");
      expect(await taken(9)).toEqual([0, 1]);
    });

    test("a session that is locked claims nothing, and claims when it is free", async () => {
      await ready(2);
      await lock("workers", "id = 'session'");
      expect(await taken(9)).toEqual([]);
      await foreign.rollback();
      expect(await taken(9)).toEqual([0, 1]);
    });

    test("a claim that meets a heartbeat of its own session takes what is ready", async () => {
      await ready(2);
      await lock("workers", "id = 'session'");
      const claiming = taken(9);
      await foreign.query("SELECT sleep(?)", [0.003]);
      await foreign.rollback();
      expect(await claiming).toEqual([0, 1]);
    });

    test("the session can't be ended while a claim is under way", async () => {
      await lock("workers", "id = 'session'", "LOCK IN SHARE MODE");
      const row: RowRef = { table: "workers", key: { id: "session" } };
      const guard = { kind: "version", row, version: 0 } as never;
      const writes = [
        { op: "update", table: "workers", key: { id: "session" }, set: { status: "gone" } },
      ] as const;
      const end = planOf({ guards: [guard], writes });
      expect(await soon(() => persistence.commit(end))).toMatchObject({ why: "busy" });
    });
  });

  test("a taker passes over rows that others hold", async () => {
    const intents = ["a", "b"].map((id) => ({
      id,
      namespace: "default",
      runId: "run",
      command: "x",
      data: {},
      tries: 0,
      visibleAt: 0,
      createdAt: 1,
    }));
    await persistence.commit(planOf({ intents }));
    await lock("intents", "id = 'a'");
    const request = { namespace: "default", limit: 9, visibleAfterMs: 1_000 };
    expect((await soon(() => persistence.takeIntents(request))).map(({ id }) => id)).toEqual(["b"]);
  });

  test("a heartbeat of a locked session says so in the end", async () => {
    await lock("workers", "id = 'session'");
    const beat = persistence.heartbeat(session, { ttlMs: 1_000, load: 0 });
    await expect(beat).rejects.toMatchObject({ code: "E_DATABASE_LOCKED" });
    await foreign.rollback();
    const again = await persistence.heartbeat(session, { ttlMs: 1_000, load: 0 });
    expect(again.alive).toBe(true);
  });
});
