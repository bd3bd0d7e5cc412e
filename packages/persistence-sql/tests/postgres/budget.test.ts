import type { CommitPlan, Persistence } from "@pawl/kernel/ports";
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
import { beforeEach, expect, test } from "vitest";
import type { ObservedCall } from "../../src/index.ts";
import { onPostgres } from "./on-postgres.ts";

onPostgres("the budget of PostgreSQL", (place) => {
  let persistence: Persistence;
  let calls: ObservedCall[];
  beforeEach(async () => {
    const { schema } = place();
    calls = [];
    persistence = await schema.open({ observe: (call) => void calls.push(call) });
    const expiresAt = schema.clock.now() + 60_000;
    const rows = [workerOf({ expiresAt }), runOf("run"), stageOf("run", running)];
    await persistence.commit(planOf({ writes: rows }));
    calls = [];
  });

  const cost = (method: string, statements: number, commits: number) => ({
    method,
    statements,
    commits,
  });

  const end: Partial<CommitPlan> = {
    guards: [{ kind: "rev", runId: "run", rev: 0 }, owned("run")],
    writes: [
      { op: "update", table: "stages", key: stageKey("run"), set: { status: "completed" } },
      stageOf("run", { stageId: "next" }),
    ],
    events: [eventOf("run")],
  };
  const start: Partial<CommitPlan> = {
    guards: [{ kind: "absent", row: { table: "runs", key: { id: "new" } } }],
    writes: [runOf("new", { rev: 1 }), stageOf("new")],
    events: [eventOf("new")],
  };
  const signal: Partial<CommitPlan> = {
    guards: [{ kind: "live", runId: "run", inbox: 0 }],
    writes: [
      insert("signals", { runId: "run" }),
      { op: "add", table: "runs", key: { id: "run" }, column: "inbox", by: 1 },
    ],
    events: [eventOf("run")],
    intents: [rowOf("intents", { id: "i" })],
    dispatch: [rowOf("dispatch", { runId: "run", stageId: "fetch" })],
  };
  const slots: Partial<CommitPlan> = {
    guards: [{ kind: "session", ...session }],
    writes: [{ op: "delete", table: "slots", key: { namespace: "n", slotKey: "k" } }],
  };

  test.each(Object.entries({ start, end, signal, slots, cancel: cancelPlan("run", { rev: 0 }) }))(
    "a %s is one statement",
    async (_, part) => {
      expect(await persistence.commit(planOf(part))).toMatchObject({ ok: true });
      expect(calls).toEqual([cost("commit", 1, 1)]);
    },
  );

  test("a step is one statement", async () => {
    await persistence.commit(stepPlan("run", 1));
    expect(calls).toEqual([cost("commit", 1, 1)]);
  });

  test.each([2, 64])("a batch of %i plans of many kinds is one statement", async (count) => {
    const ids = Array.from({ length: count }, (_, i) => `r${i}`);
    await persistence.commitMany(
      ids.map((id) => planOf({ writes: [runOf(id), stageOf(id, running)] })),
    );
    calls = [];
    const plans = ids.map((id, i) => [stepPlan(id, 1), planOf({ events: [eventOf(id)] })][i % 2]);
    const results = await persistence.commitMany(plans as CommitPlan[]);
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(calls).toEqual([cost("commitMany", 1, 1)]);
  });

  test("steps of one run are one statement, other plans of it take turns", async () => {
    await persistence.commitMany(Array.from({ length: 64 }, (_, i) => stepPlan("run", i + 1)));
    const events = Array.from({ length: 3 }, () => planOf({ events: [eventOf("run")] }));
    await persistence.commitMany(events);
    expect(calls).toEqual([cost("commitMany", 1, 1), cost("commitMany", 3, 3)]);
  });

  test("ends of 64 stages that one session guards are one statement", async () => {
    const ids = Array.from({ length: 64 }, (_, i) => `r${i}`);
    const starts = ids.map((id) => planOf({ writes: [runOf(id), stageOf(id, running)] }));
    await persistence.commitMany(starts);
    calls = [];
    const ends = ids.map((runId) =>
      planOf({
        guards: [{ kind: "rev", runId, rev: 0 }, owned(runId), { kind: "session", ...session }],
        writes: [
          { op: "update", table: "stages", key: stageKey(runId), set: { status: "completed" } },
        ],
        events: [eventOf(runId)],
      }),
    );
    const results = await persistence.commitMany(ends);
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(calls).toEqual([cost("commitMany", 1, 1)]);
  });

  test("a plan that writes one row twice takes a transaction", async () => {
    const set = (reason: string) =>
      ({ op: "update", table: "runs", key: { id: "run" }, set: { reason } }) as const;
    await persistence.commit(planOf({ guards: [owned("run")], writes: [set("a"), set("b")] }));
    expect(calls).toEqual([cost("commit", 3, 1)]);
    expect((await persistence.query.get("runs", { id: "run" }))?.reason).toBe("b");
  });

  test("a refused plan costs a second statement, which brings its snapshot", async () => {
    const refused = await persistence.commit(planOf({ guards: [owned("run", 9)] }));
    expect(refused).toMatchObject({ why: "fence", snapshot: { run: { id: "run" } } });
    const plans = [stepPlan("absent", 1), stepPlan("run", 1)];
    await persistence.commitMany(plans);
    expect(calls).toEqual([cost("commit", 2, 0), cost("commitMany", 2, 1)]);
  });

  test("a start that lost its race costs two, a batch with one of them a few more", async () => {
    await persistence.commit(planOf(start));
    calls = [];
    expect(await persistence.commit(planOf(start))).toMatchObject({ why: "exists" });
    expect(calls).toEqual([cost("commit", 2, 0)]);
    calls = [];
    const others = Array.from({ length: 63 }, (_, i) => planOf({ writes: [runOf(`o${i}`)] }));
    const collides = planOf({ writes: [runOf("new")] });
    const results = await persistence.commitMany([...others, collides]);
    expect(results.filter(({ ok }) => ok)).toHaveLength(63);
    // Halved six times, each half tried; and the reason.
    expect(calls).toEqual([cost("commitMany", 14, 6)]);
  });

  test("a claim is one statement, of one or of many", async () => {
    const writes = Array.from({ length: 20 }, (_, mapIndex) =>
      stageOf("run", { stageId: "map", mapIndex, reads: ["fetch"] }),
    );
    await persistence.commit(planOf({ writes }));
    calls = [];
    expect(await persistence.claim(claimOf({ limit: 1 }))).toHaveLength(1);
    expect(await persistence.claim(claimOf({ limit: 19 }))).toHaveLength(19);
    expect(calls).toEqual([cost("claim", 1, 1), cost("claim", 1, 1)]);
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

  test("what is left is one statement each", async () => {
    await persistence.heartbeat(session, { ttlMs: 25_000, load: 1 });
    await persistence.load("run", { stages: "current", waits: true, signals: true });
    await persistence.memoPage(stageKey("run"), 0, { recordsMax: 1, bytesMax: 1 });
    await persistence.query.get("runs", { id: "run" });
    await persistence.ackIntents(["a", "b"]);
    await persistence.ackDispatch(
      [1, 2].map((createdAt) => ({ stage: stageKey("run"), createdAt })),
    );
    expect(calls).toEqual([
      cost("heartbeat", 1, 1),
      cost("load", 1, 0),
      cost("memoPage", 1, 0),
      cost("get", 1, 0),
      cost("ackIntents", 1, 1),
      cost("ackDispatch", 1, 1),
    ]);
  });
});
