import type { Persistence } from "@pawl/kernel/ports";
import {
  claimOf,
  insert,
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
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqlite } from "../src/sqlite/open.ts";
import { sqlitePersistence } from "../src/sqlite/persistence.ts";
import { type TemporaryStore, temporaryStore } from "./temporary-store.ts";

let store: TemporaryStore;
let persistence: Persistence;

beforeEach(async () => {
  store = temporaryStore();
  persistence = await store.open();
});
afterEach(() => store.remove());

test("a record that replaces a deleted one is written after the deletion", async () => {
  await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", running)] }));
  await persistence.commit(stepPlan("run", 1));
  const next = stepPlan("run", 1);
  const remove = { op: "delete", table: "steps", key: { runId: "run" } } as const;
  const plan = { ...next, writes: [remove, ...next.writes] };
  expect(await persistence.commit(plan)).toMatchObject({ ok: true });
  const steps = await persistence.query.find({ table: "steps", where: {}, limit: 10 });
  expect(steps.map(({ commitId }) => commitId)).toEqual([next.commitId]);
  expect(await persistence.commit(plan)).toMatchObject({ ok: true, replayed: true });
});

test("a session is judged by the time at which the lock is held", async () => {
  const [early, late] = [1_000, 2_000];
  const now = { held: () => false };
  const clock = { now: () => (now.held() ? late : early) };
  const opened = await openSqlite({ path: store.path, clock });
  const own = sqlitePersistence(opened);
  await own.commit(
    planOf({ writes: [workerOf({ expiresAt: 1_500 }), runOf("run"), stageOf("run", running)] }),
  );
  now.held = () => opened.connection.database.inTransaction;
  const { guards, ...rest } = stepPlan("run", 1);
  const guarded = { ...rest, guards: [...guards, { kind: "session" as const, ...session }] };
  expect(await own.commit(guarded)).toMatchObject({ ok: false, why: "fence" });
  await own.close();
});

test("of two due stages the better one is claimed, though the other was due before", async () => {
  const expiresAt = store.clock.now() + 60_000;
  const due = { status: "suspended", stageId: "map" } as const;
  const writes = [
    stageOf("run", { ...due, mapIndex: 1, wakeAt: 1, claimRank: 20 }),
    stageOf("run", { ...due, mapIndex: 2, wakeAt: 2, claimRank: 10 }),
  ];
  await persistence.commit(planOf({ writes: [workerOf({ expiresAt }), runOf("run"), ...writes] }));
  const claimed = await persistence.claim(claimOf({ limit: 1 }));
  expect(claimed.map(({ stage }) => stage.mapIndex)).toEqual([2]);
});

test("taken rows come oldest first, in whatever order they were written", async () => {
  const at = [30, 20, 10];
  const intents = at.map((createdAt) =>
    rowOf("intents", { id: `${createdAt}`, namespace: "default", createdAt }),
  );
  await persistence.commit(planOf({ intents }));
  const request = { namespace: "default", limit: 2, visibleAfterMs: 1_000 };
  const taken = await persistence.takeIntents(request);
  expect(taken.map(({ id, tries }) => [id, tries])).toEqual([
    ["10", 1],
    ["20", 1],
  ]);
});

test("a batch larger than any limit of one statement is written whole", async () => {
  const writes = Array.from({ length: 2_000 }, (_, mapIndex) => stageOf("run", { mapIndex }));
  const result = await persistence.commit(planOf({ writes: [runOf("run"), ...writes] }));
  expect(result).toMatchObject({ ok: true });
  const snapshot = await persistence.load("run", { stages: "current" });
  expect(snapshot?.stages).toHaveLength(2_000);
});

test("numbers and flags come back as they were given", async () => {
  const part = { held: true, claimRank: -1_699_999_999_999, availableAt: 2 ** 52, joinPending: -3 };
  await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", part)] }));
  expect(await persistence.query.get("stages", stageKey("run"))).toMatchObject(part);
});

test("a database in memory works as one on disk", async () => {
  const memory = await store.open({ path: ":memory:" });
  const writes = [workerOf({ expiresAt: store.clock.now() + 1 }), runOf("run"), stageOf("run")];
  await memory.commit(planOf({ writes: [...writes, insert("signals", { runId: "run" })] }));
  expect(await memory.claim(claimOf())).toHaveLength(1);
});
