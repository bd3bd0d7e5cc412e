import type { Persistence } from "@pawl/kernel/ports";
import { describeOn, mariadb } from "@pawl/services/vitest";
import {
  cancelPlan,
  claimOf,
  eventOf,
  insert,
  owned,
  planOf,
  rowOf,
  running,
  runOf,
  session,
  stageKey,
  stageOf,
  stepPlan,
  workerOf,
} from "@pawl/test-parts/plans";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ObservedCall } from "../../src/index.ts";
import { MysqlDatabase, type MysqlTestStore } from "./mysql-store.ts";

describeOn("what calls cost on MariaDB", await mariadb(), (server) => {
  let database: MysqlDatabase;
  let store: MysqlTestStore;
  let persistence: Persistence;
  let calls: ObservedCall[];

  beforeAll(async () => {
    database = await MysqlDatabase.on(server);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    calls = [];
    store = database.store();
    persistence = await store.open({ observe: (call) => void calls.push(call) });
    const expiresAt = store.clock.now() + 60_000;
    await persistence.commit(
      planOf({ writes: [workerOf({ expiresAt }), runOf("run"), stageOf("run", running)] }),
    );
    calls = [];
  });
  afterEach(() => store.remove());

  const cost = (method: string, statements: number, commits: number) => ({
    method,
    statements,
    commits,
  });
  const rev = (runId: string) => ({ kind: "rev", runId, rev: 0 }) as const;

  const endOf = (runId: string) =>
    planOf({
      guards: [rev(runId), owned(runId)],
      writes: [
        { op: "update", table: "stages", key: stageKey(runId), set: { status: "completed" } },
        stageOf(runId, { stageId: "next" }),
      ],
      events: [eventOf(runId)],
    });

  test("a step is one statement, which is its own commit", async () => {
    await persistence.commit(stepPlan("run", 1));
    expect(calls).toEqual([cost("commit", 1, 1)]);
  });

  test("a start looks twice for its key, and writes run, stage and event", async () => {
    const guards = [{ kind: "absent", row: { table: "runs", key: { id: "new" } } }] as const;
    const writes = [runOf("new", { rev: 1 }), stageOf("new")];
    await persistence.commit(planOf({ guards, writes, events: [eventOf("new")] }));
    expect(calls).toEqual([cost("commit", 6, 1)]);
  });

  test("a stage end is two locks and the time, then four writes", async () => {
    await persistence.commit(endOf("run"));
    expect(calls).toEqual([cost("commit", 7, 1)]);
  });

  test("a batch of 64 records is three statements and one commit", async () => {
    const plans = Array.from({ length: 64 }, (_, i) => stepPlan("run", i + 1));
    await persistence.commitMany(plans);
    expect(calls).toEqual([cost("commitMany", 3, 1)]);
  });

  test("a batch of 64 stage ends costs the statements of one", async () => {
    const ids = Array.from({ length: 64 }, (_, i) => `run ${i}`);
    const writes = ids.flatMap((id) => [runOf(id), stageOf(id, running)]);
    await persistence.commit(planOf({ writes }));
    calls = [];
    const results = await persistence.commitMany(ids.map(endOf));
    expect(new Set(results.map(({ ok }) => ok))).toEqual(new Set([true]));
    expect(calls).toEqual([cost("commitMany", 7, 1)]);
  });

  test.each([1, 2_000])("cancelling a run with %i open stages is as cheap", async (count) => {
    const indexes = Array.from({ length: count }, (_, mapIndex) => mapIndex);
    const fresh = { runId: "wide", stageId: "map" };
    await persistence.commit(
      planOf({
        writes: [
          runOf("wide"),
          ...indexes.map((mapIndex) => stageOf("wide", { ...fresh, mapIndex, fence: mapIndex })),
          ...indexes.map((mapIndex) => insert("waits", { ...fresh, mapIndex, key: "nap" })),
        ],
      }),
    );
    calls = [];
    await persistence.commit(cancelPlan("wide", { rev: 0 }));
    expect(calls).toEqual([cost("commit", 9, 1)]);
    const where = { runId: "wide", status: "cancelled" } as const;
    expect(await persistence.query.count("stages", where, 9_999)).toBe(count);
    const closed = { runId: "wide", outcome: "closed" } as const;
    expect(await persistence.query.count("waits", closed, 9_999)).toBe(count);
    const key = { ...stageKey("wide", fresh), mapIndex: count - 1 };
    expect(await persistence.query.get("stages", key)).toMatchObject({ fence: count });
  });

  test("a refused plan commits nothing", async () => {
    await persistence.commit(planOf({ guards: [owned("run", 9)] }));
    await persistence.commit(stepPlan("absent", 1));
    await persistence.commitMany([stepPlan("absent", 1), stepPlan("absent", 2)]);
    expect(calls.map(({ commits }) => commits)).toEqual([0, 0, 0]);
  });

  test("a claim of many fresh stages costs the statements of a claim of one", async () => {
    const writes = Array.from({ length: 20 }, (_, mapIndex) =>
      stageOf("run", { stageId: "map", mapIndex }),
    );
    await persistence.commit(planOf({ writes }));
    calls = [];
    const queues = ["default"];
    expect(await persistence.claim(claimOf({ queues, limit: 1 }))).toHaveLength(1);
    expect(await persistence.claim(claimOf({ queues, limit: 19 }))).toHaveLength(19);
    expect(calls).toEqual([cost("claim", 5, 1), cost("claim", 5, 1)]);
  });

  test("a claim from all queues asks which there are, the first one twice", async () => {
    const writes = Array.from({ length: 3 }, (_, mapIndex) =>
      stageOf("run", { stageId: "map", mapIndex }),
    );
    await persistence.commit(planOf({ writes }));
    calls = [];
    for (const _ of writes) await persistence.claim(claimOf({ limit: 1 }));
    expect(calls).toEqual([cost("claim", 7, 1), cost("claim", 6, 1), cost("claim", 6, 1)]);
  });

  test("a claim of a stage that wakes reads its memo and settles its waits", async () => {
    await persistence.commit(
      planOf({
        writes: [
          stageOf("run", { stageId: "sleeper", status: "suspended", wakeAt: 5, fence: 1 }),
          insert("waits", { runId: "run", stageId: "sleeper", key: "nap", dueAt: 5 }),
          insert("steps", { runId: "run", stageId: "sleeper", key: "a", seq: 1 }),
        ],
      }),
    );
    calls = [];
    const [claimed] = await persistence.claim(claimOf({ queues: ["default"] }));
    expect(claimed?.memo.entries.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(calls).toEqual([cost("claim", 9, 1)]);
  });

  test("a poller that finds nothing costs one statement and no commit", async () => {
    expect(await persistence.claim(claimOf())).toEqual([]);
    expect(await persistence.claim(claimOf({ queues: ["default"] }))).toEqual([]);
    const request = { namespace: "default", limit: 10, visibleAfterMs: 1_000 };
    await persistence.takeIntents(request);
    await persistence.takeDispatch(request);
    const methods = ["claim", "claim", "takeIntents", "takeDispatch"];
    expect(calls).toEqual(methods.map((method) => cost(method, 1, 0)));
  });

  test("a sweep is one statement and the time, whatever the kinds", async () => {
    const kinds = ["startDue", "wakeDue", "sessionExpired", "runDeadline", "stranded"] as const;
    await persistence.sweep({ namespace: "default", kinds, limit: 10 });
    expect(calls).toEqual([cost("sweep", 2, 0)]);
  });

  test("a heartbeat is one update and two selects", async () => {
    await persistence.heartbeat(session, { ttlMs: 25_000, load: 1 });
    expect(calls).toEqual([cost("heartbeat", 3, 1)]);
  });

  test("a snapshot reads the time and only what is asked for", async () => {
    await persistence.load("run", {});
    await persistence.load("run", { stages: "current", waits: true, signals: true });
    expect(calls).toEqual([cost("load", 2, 0), cost("load", 5, 0)]);
  });

  test("a taken intent is looked for, locked and hidden; one delete acknowledges it", async () => {
    await persistence.commit(
      planOf({ intents: [rowOf("intents", { id: "intent", namespace: "default" })] }),
    );
    calls = [];
    await persistence.takeIntents({ namespace: "default", limit: 1, visibleAfterMs: 1 });
    await persistence.ackIntents(["intent"]);
    expect(calls).toEqual([cost("takeIntents", 4, 1), cost("ackIntents", 1, 1)]);
  });
});
