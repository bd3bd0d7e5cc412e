import type { Persistence } from "@pawl/kernel/ports";
import {
  cancelPlan,
  claimOf,
  eventOf,
  insert,
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
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ObservedCall } from "../src/index.ts";
import { type TemporaryStore, temporaryStore } from "./temporary-store.ts";

let store: TemporaryStore;
let persistence: Persistence;
let calls: ObservedCall[];

beforeEach(async () => {
  store = temporaryStore();
  const observe = (call: ObservedCall) => void calls.push(call);
  calls = [];
  persistence = await store.open({ observe });
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

test("a start is one commit of three statements", async () => {
  const guards = [{ kind: "absent", row: { table: "runs", key: { id: "new" } } }] as const;
  const writes = [runOf("new", { rev: 1 }), stageOf("new")];
  await persistence.commit(planOf({ guards, writes, events: [eventOf("new")] }));
  expect(calls).toEqual([cost("commit", 3, 1)]);
});

test.each([1, 2_000])("cancelling a run with %i open stages is five statements", async (count) => {
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
  expect(calls).toEqual([cost("commit", 5, 1)]);
  const where = { runId: "wide", status: "cancelled" } as const;
  expect(await persistence.query.count("stages", where, 9_999)).toBe(count);
  const closed = { runId: "wide", outcome: "closed" } as const;
  expect(await persistence.query.count("waits", closed, 9_999)).toBe(count);
  const key = { ...stageKey("wide", fresh), mapIndex: count - 1 };
  expect(await persistence.query.get("stages", key)).toMatchObject({ fence: count });
});

test("a step is one statement, which is its own commit", async () => {
  await persistence.commit(stepPlan("run", 1));
  expect(calls).toEqual([cost("commit", 1, 1)]);
});

test("a stage end is one commit", async () => {
  await persistence.commit(
    planOf({
      guards: [{ kind: "rev", runId: "run", rev: 0 }, owned("run")],
      writes: [
        { op: "update", table: "stages", key: stageKey("run"), set: { status: "completed" } },
        stageOf("run", { stageId: "next" }),
      ],
      events: [eventOf("run")],
    }),
  );
  expect(calls).toEqual([cost("commit", 4, 1)]);
});

test("a batch of 64 plans is one commit", async () => {
  const plans = Array.from({ length: 64 }, (_, i) => stepPlan("run", i + 1));
  await persistence.commitMany(plans);
  expect(calls).toEqual([cost("commitMany", 64, 1)]);
});

test("a refused plan commits nothing", async () => {
  await persistence.commit(planOf({ guards: [owned("run", 9)] }));
  await persistence.commitMany([stepPlan("absent", 1), stepPlan("absent", 2)]);
  expect(calls.map(({ commits }) => commits)).toEqual([0, 0]);
});

test("a claim of many costs the statements of a claim of one", async () => {
  const writes = Array.from({ length: 20 }, (_, mapIndex) =>
    stageOf("run", { stageId: "map", mapIndex, reads: ["fetch"] }),
  );
  await persistence.commit(planOf({ writes }));
  calls = [];
  expect(await persistence.claim(claimOf({ limit: 1 }))).toHaveLength(1);
  expect(await persistence.claim(claimOf({ limit: 19 }))).toHaveLength(19);
  expect(calls).toEqual([cost("claim", 9, 1), cost("claim", 9, 1)]);
});

test("a poller that finds nothing costs one statement and no commit", async () => {
  expect(await persistence.claim(claimOf())).toEqual([]);
  const request = { namespace: "default", limit: 10, visibleAfterMs: 1_000 };
  await persistence.takeIntents(request);
  await persistence.takeDispatch(request);
  const kinds = ["startDue", "wakeDue", "sessionExpired", "runDeadline", "stranded"] as const;
  await persistence.sweep({ namespace: "default", kinds, limit: 10 });
  const methods = ["claim", "takeIntents", "takeDispatch", "sweep"];
  expect(calls).toEqual(methods.map((method) => cost(method, 1, 0)));
});

test("a heartbeat is one update and one select", async () => {
  await persistence.heartbeat(session, { ttlMs: 25_000, load: 1 });
  expect(calls).toEqual([cost("heartbeat", 2, 1)]);
});

test("a snapshot reads only what is asked for", async () => {
  await persistence.load("run", {});
  await persistence.load("run", { stages: "current", waits: true, signals: true });
  expect(calls).toEqual([cost("load", 1, 0), cost("load", 4, 0)]);
});

test("a taken intent costs one statement, and one to acknowledge", async () => {
  await persistence.commit(planOf({ intents: [insertedIntent()] }));
  calls = [];
  await persistence.takeIntents({ namespace: "default", limit: 1, visibleAfterMs: 1 });
  await persistence.ackIntents(["intent"]);
  expect(calls).toEqual([cost("takeIntents", 1, 1), cost("ackIntents", 1, 1)]);
});

function insertedIntent() {
  const write = insert("intents", { id: "intent", namespace: "default" });
  return (write as Extract<typeof write, { op: "insert"; table: "intents" }>).row;
}
