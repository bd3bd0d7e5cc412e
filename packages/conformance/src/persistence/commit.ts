import type { CommitPlan, CommitResult } from "@pawl/kernel/ports";
import { fromDbNow } from "@pawl/kernel/ports";
import { atOnce } from "./barrier.ts";
import type { Bench, Cases } from "./bench.ts";
import {
  add,
  closeWaits,
  eventOf,
  insert,
  live,
  owned,
  planOf,
  rev,
  stageKey,
  update,
  updateStages,
} from "./plans.ts";
import { commitUnlocked } from "./races.ts";
import { rowOf } from "./rows.ts";

/** COMMIT-1, -4, -5, -6, -8 and -10. */
export const commitCases: Cases = (suite) => {
  wholeness(suite);
  replays(suite);
  evidenceRows(suite);
  ambiguity(suite);
  databaseTime(suite);
  ledger(suite);
  snapshots(suite);
};

const running = { status: "running", fence: 1 } as const;

const seed = (bench: Bench): Promise<void> =>
  bench.put(insert("runs", { rev: 3, inbox: 2 }), insert("stages", running));

const wholeness: Cases = ({ prove }) => {
  const parts = (): Partial<CommitPlan> => ({
    guards: [rev(3), owned(1)],
    writes: [
      update("stages", stageKey(), { status: "completed" }),
      insert("stages", { stageId: "next" }),
      add({ table: "runs", key: { id: "run" }, column: "sinksPending", by: -1 }),
      { op: "delete", table: "signals", key: { runId: "run" } },
    ],
    events: [eventOf({ type: "stage.completed", stageId: "stage", mapIndex: 0, generation: 0 })],
    intents: [rowOf("intents")],
    dispatch: [rowOf("dispatch", { stageId: "next" })],
  });
  prove("COMMIT-1 every part of a plan is written", async (bench) => {
    await seed(bench);
    await bench.put(insert("signals"));
    const result = await bench.commit(parts());
    bench.expect(result).toMatchObject({ ok: true, revs: { run: 4 }, counters: [0], inbox: 2 });
    bench.expect(await bench.row("runs", { id: "run" })).toMatchObject({ rev: 4, sinksPending: 0 });
    bench.expect(await bench.row("stages", stageKey())).toMatchObject({ status: "completed" });
    const next = stageKey({ stageId: "next" });
    bench.expect(await bench.row("stages", next)).toEqual(rowOf("stages", next));
    bench.expect(await bench.rows("signals")).toEqual([]);
    bench.expect(await bench.rows("intents")).toEqual([rowOf("intents")]);
    bench.expect(await bench.rows("dispatch")).toEqual([rowOf("dispatch", { stageId: "next" })]);
    bench.expect((await bench.rows("events")).length).toBe(1);
  });
  prove("COMMIT-1 a conflict of the last insert undoes all before it [8]", async (bench) => {
    await seed(bench);
    await bench.put(insert("signals"), insert("audit"));
    const before = await bench.everything();
    const { writes = [], ...rest } = parts();
    const result = await bench.commit({ ...rest, writes: [...writes, insert("audit")] });
    bench.expect(result).toMatchObject({ ok: false, why: "exists" });
    bench.expect(await bench.everything()).toEqual(before);
  });
  prove("COMMIT-1 a conflict of an intent undoes the writes", async (bench) => {
    await seed(bench);
    await bench.commit({ intents: [rowOf("intents")] });
    const before = await bench.everything();
    const result = await bench.commit(parts());
    bench.expect(result).toMatchObject({ ok: false, why: "exists" });
    bench.expect(await bench.everything()).toEqual(before);
  });
};

/** One plan for every kind of evidence by which a commit is recognised. */
const EVIDENCE: Readonly<Record<string, (commitId: string) => Partial<CommitPlan>>> = {
  "an update alone": () => ({ writes: [update("runs", { id: "run" }, { reason: "again" })] }),
  "a counter alone": () => ({
    writes: [add({ table: "runs", key: { id: "run" }, column: "inbox", by: 1 })],
  }),
  "an insert without event": () => ({ writes: [insert("audit")] }),
  "an intent alone": () => ({ intents: [rowOf("intents")] }),
  "a dispatch alone": () => ({ dispatch: [rowOf("dispatch")] }),
  "a step": (commitId) => ({ guards: [owned(1)], writes: [insert("steps", { commitId })] }),
  "an attempt": (commitId) => ({ guards: [owned(1)], writes: [insert("attempts", { commitId })] }),
  "a strict event": () => ({
    guards: [rev(3)],
    writes: [add({ table: "runs", key: { id: "run" }, column: "inbox", by: 1 })],
    events: [eventOf()],
  }),
  "a commuting event": () => ({
    guards: [live()],
    writes: [add({ table: "runs", key: { id: "run" }, column: "inbox", by: 1 })],
    events: [eventOf()],
  }),
  "a signal with its event": () => ({
    guards: [live()],
    writes: [insert("signals"), add({ table: "runs", key: { id: "run" }, column: "inbox", by: 1 })],
    events: [eventOf({ type: "signal.accepted" })],
  }),
  "a signal since a rev": () => ({
    guards: [{ kind: "live", runId: "run", since: 3 }],
    writes: [insert("signals"), add({ table: "runs", key: { id: "run" }, column: "inbox", by: 1 })],
    events: [eventOf({ type: "signal.accepted" })],
  }),
  "a change of all stages": () => ({
    guards: [rev(3)],
    writes: [updateStages({ raiseFence: true }), closeWaits()],
  }),
  "a change of all stages with its event": () => ({
    guards: [rev(3)],
    writes: [updateStages({ raiseFence: true }), closeWaits()],
    events: [eventOf({ type: "run.cancelled" })],
  }),
  "a start": () => ({
    guards: [{ kind: "absent", row: { table: "runs", key: { id: "new" } } }],
    writes: [insert("runs", { id: "new", rev: 1 }), insert("stages", { runId: "new" })],
    events: [eventOf({ runId: "new", type: "run.created" })],
  }),
};

const evidencePlan = (name: string): CommitPlan => {
  const commitId = `commit of ${name}`;
  return planOf({ commitId, ...EVIDENCE[name]?.(commitId) });
};

const replays: Cases = ({ prove }) => {
  for (const name of Object.keys(EVIDENCE)) {
    prove(`COMMIT-4 ${name}, committed twice, is written once`, async (bench) => {
      await seed(bench);
      const plan = evidencePlan(name);
      const first = await bench.persistence.commit(plan);
      bench.expect(first).toMatchObject({ ok: true });
      bench.expect("replayed" in first && first.replayed).toBe(false);
      const before = await bench.everything();
      const second = await bench.persistence.commit(plan);
      const revs = "revs" in first ? first.revs : undefined;
      bench.expect(second).toMatchObject({ ok: true, replayed: true, counters: [] });
      bench.expect("revs" in second && second.revs).toEqual(revs);
      bench.expect(await bench.everything()).toEqual(before);
    });
    prove(`COMMIT-4 ${name}, committed twice at once, is written once`, async (bench) => {
      await seed(bench);
      const plan = evidencePlan(name);
      const both = await atOnce(2, () => commitUnlocked(bench.persistence, plan));
      bench.expect(both.map(({ ok }) => ok)).toEqual([true, true]);
      bench.expect(both.filter((result) => "replayed" in result).length).toBe(1);
      const run = await bench.row("runs", { id: "run" });
      bench.expect([2, 3].includes(run?.inbox ?? 0)).toBe(true);
    });
  }
  prove("COMMIT-4 a replay is known after the run has moved on and ended", async (bench) => {
    await seed(bench);
    const plan = evidencePlan("a strict event");
    await bench.persistence.commit(plan);
    const end = [update("runs", { id: "run" }, { status: "completed" })];
    await bench.commit({ guards: [rev(4)], writes: end, events: [eventOf(), eventOf()] });
    const again = await bench.persistence.commit(plan);
    bench.expect(again).toMatchObject({ ok: true, replayed: true, revs: { run: 6 } });
  });
  prove(
    "COMMIT-4 a replay is known when others came between decision and commit",
    async (bench) => {
      await seed(bench);
      const others = [eventOf(), eventOf()];
      await bench.commit({ guards: [live()], events: others });
      const plan = evidencePlan("a signal since a rev");
      bench
        .expect(await bench.persistence.commit(plan))
        .toMatchObject({ ok: true, revs: { run: 6 } });
      await bench.commit({ guards: [live()], events: others });
      const before = await bench.everything();
      const again = await bench.persistence.commit(plan);
      bench.expect(again).toMatchObject({ ok: true, replayed: true, revs: { run: 8 } });
      bench.expect(await bench.everything()).toEqual(before);
    },
  );
  prove("COMMIT-4 the same change under another commitId is no replay", async (bench) => {
    await seed(bench);
    const step = (commitId: string): CommitPlan =>
      planOf({ commitId, guards: [owned(1)], writes: [insert("steps", { commitId })] });
    bench.expect(await bench.persistence.commit(step("a"))).toMatchObject({ ok: true });
    const other = await bench.persistence.commit(step("b"));
    bench.expect(other).toMatchObject({ ok: false, why: "exists" });
    bench.expect((await bench.rows("steps")).map(({ commitId }) => commitId)).toEqual(["a"]);
  });
};

/** Kinds of plan that are recognised by rows of their own. */
const SELF_EVIDENT = [
  "a step",
  "an attempt",
  "a strict event",
  "a signal with its event",
  "a signal since a rev",
  "a change of all stages with its event",
  "a start",
];

const evidenceRows: Cases = ({ prove }) => {
  for (const name of Object.keys(EVIDENCE)) {
    const left = SELF_EVIDENT.includes(name) ? [] : [`commit of ${name}`];
    prove(`COMMIT-5 ${name} leaves ${left.length} rows in commits`, async (bench) => {
      await seed(bench);
      const before = await bench.rows("commits");
      await bench.persistence.commit(evidencePlan(name));
      const added = (await bench.rows("commits")).map(({ commitId }) => commitId);
      const old = before.map(({ commitId }) => commitId);
      bench.expect(added.filter((commitId) => !old.includes(commitId))).toEqual(left);
    });
  }
};

/** What a caller does about a lost answer: commit the very same plan again. */
async function commitStubbornly(bench: Bench, plan: CommitPlan): Promise<CommitResult> {
  try {
    return await bench.persistence.commit(plan);
  } catch {
    return bench.persistence.commit(plan);
  }
}

const ambiguity: Cases = ({ can, prove }) => {
  if (!can.lostAcknowledgements) {
    prove("COMMIT-5 acknowledgements of this store can't be lost by the suite", async (bench) => {
      bench.expect(bench.loseNext).toBe(undefined);
    });
    return;
  }
  for (const name of Object.keys(EVIDENCE)) {
    for (const when of ["applied", "lost"] as const) {
      prove(`COMMIT-5 ${name}: answer lost, plan ${when}, written once`, async (bench) => {
        await seed(bench);
        const plan = evidencePlan(name);
        bench.loseNext?.(when);
        bench.expect(await commitStubbornly(bench, plan)).toMatchObject({ ok: true });
        const after = await bench.everything();
        const again = await bench.persistence.commit(plan);
        bench.expect(again).toMatchObject({ ok: true, replayed: true });
        bench.expect(await bench.everything()).toEqual(after);
        const run = await bench.row("runs", { id: "run" });
        bench.expect([2, 3].includes(run?.inbox ?? 0)).toBe(true);
      });
    }
  }
};

const databaseTime: Cases = ({ prove }) => {
  prove("COMMIT-6 instants relative to database time are filled in", async (bench) => {
    bench.clock.advance(123);
    const now = bench.clock.now();
    const result = await bench.commit({
      writes: [
        insert("runs", { createdAt: fromDbNow(), startAt: fromDbNow(50), deadline: 77 }),
        insert("stages", { claimRank: fromDbNow(-60_000), availableAt: fromDbNow(1) }),
        insert("waits", { dueAt: fromDbNow(5_000) }),
        update("runs", { id: "run" }, { startedAt: fromDbNow(7), endedAt: null }),
      ],
      intents: [{ ...rowOf("intents"), visibleAt: fromDbNow(9) }],
      dispatch: [{ ...rowOf("dispatch"), notBefore: fromDbNow(-9) }],
    });
    bench.expect(result).toMatchObject({ ok: true, dbNow: now });
    bench.expect(await bench.row("runs", { id: "run" })).toMatchObject({
      createdAt: now,
      startAt: now + 50,
      deadline: 77,
      startedAt: now + 7,
    });
    bench.expect(await bench.row("stages", stageKey())).toMatchObject({
      claimRank: now - 60_000,
      availableAt: now + 1,
    });
    bench.expect((await bench.rows("waits"))[0]).toMatchObject({ dueAt: now + 5_000 });
    bench.expect((await bench.rows("intents"))[0]).toMatchObject({ visibleAt: now + 9 });
    bench.expect((await bench.rows("dispatch"))[0]).toMatchObject({ notBefore: now - 9 });
  });
  prove("COMMIT-6 refusals and snapshots carry database time", async (bench) => {
    await seed(bench);
    bench.clock.advance(1_000);
    const dbNow = bench.clock.now();
    const refused = await bench.commit({ guards: [rev(9)] });
    bench.expect(refused).toMatchObject({ ok: false, dbNow, snapshot: { dbNow } });
  });
};

const ledger: Cases = ({ prove }) => {
  prove("COMMIT-8 events take the next revs in the order given", async (bench) => {
    await seed(bench);
    const now = bench.clock.now();
    const events = [
      eventOf({ type: "stage.completed", stageId: "stage", mapIndex: 2, generation: 1 }),
      eventOf({ type: "state.set", data: { name: "a", deep: [1, { b: null }] }, actor: "me" }),
      eventOf({ type: "run.completed" }),
    ];
    const plan = planOf({ guards: [rev(3)], events });
    const result = await bench.persistence.commit(plan);
    bench.expect(result).toMatchObject({ ok: true, revs: { run: 6 } });
    const numbered = events.map((event, i) => ({
      ...event,
      rev: 4 + i,
      at: now,
      commitId: plan.commitId,
    }));
    bench.expect(await bench.rows("events")).toEqual(numbered);
    bench.expect(await bench.row("runs", { id: "run" })).toMatchObject({ rev: 6 });
  });
  prove("COMMIT-8 events of a run created by the plan begin at 1", async (bench) => {
    await seed(bench);
    const result = await bench.commit({
      guards: [rev(3)],
      writes: [insert("runs", { id: "a", rev: 2 }), insert("runs", { id: "b", rev: 1 })],
      events: [
        eventOf({ runId: "a", type: "run.created" }),
        eventOf(),
        eventOf({ runId: "b", type: "run.created" }),
        eventOf({ runId: "a", type: "run.started" }),
      ],
    });
    bench.expect("revs" in result && result.revs).toEqual({ a: 2, run: 4, b: 1 });
    const keys = (await bench.rows("events")).map((event) => `${event.runId} ${event.rev}`);
    bench.expect(keys.toSorted()).toEqual(["a 1", "a 2", "b 1", "run 4"]);
    const runs = (await bench.rows("runs")).map((run) => `${run.id} ${run.rev}`);
    bench.expect(runs.toSorted()).toEqual(["a 2", "b 1", "run 4"]);
  });
  prove("COMMIT-8 a plan without events leaves rev and answers no revs", async (bench) => {
    await seed(bench);
    const result = await bench.commit({ guards: [rev(3), owned(1)], writes: [insert("audit")] });
    bench.expect("revs" in result && result.revs).toEqual({});
    bench.expect(await bench.row("runs", { id: "run" })).toMatchObject({ rev: 3 });
  });
};

const snapshots: Cases = ({ prove }) => {
  const need = { stages: "current", waits: true, signals: true } as const;
  const refusals = { rev: rev(9), inbox: live(9), stage: owned(9) } as const;
  for (const [name, guard] of Object.entries(refusals)) {
    prove(`COMMIT-10 a plan refused for its ${name} brings the fresh snapshot`, async (bench) => {
      await seed(bench);
      const old = { stageId: "old", superseded: true };
      await bench.put(insert("waits"), insert("signals"), insert("stages", old));
      const result = await bench.commit({ guards: [guard] });
      const snapshot = "snapshot" in result ? result.snapshot : undefined;
      bench.expect(snapshot).toEqual(await bench.persistence.load("run", need));
      bench.expect(snapshot?.stages.length).toBe(1);
      bench.expect(snapshot?.waits.length).toBe(1);
      bench.expect(snapshot?.signals.length).toBe(1);
    });
  }
  prove("COMMIT-10 an insert refused beside a run guard brings it too", async (bench) => {
    await seed(bench);
    await bench.put(insert("audit"));
    const result = await bench.commit({ guards: [rev(3)], writes: [insert("audit")] });
    bench.expect(result).toMatchObject({ ok: false, snapshot: { run: { id: "run", rev: 3 } } });
  });
  prove("COMMIT-10 without a guarded run there is no snapshot", async (bench) => {
    await seed(bench);
    const row = { table: "runs", key: { id: "run" } } as const;
    const exists = await bench.commit({ guards: [{ kind: "absent", row }] });
    bench.expect("snapshot" in exists && exists.snapshot !== undefined).toBe(false);
    const missing = await bench.commit({ guards: [rev(0, "nobody")] });
    bench.expect(missing).toMatchObject({ ok: false, why: "missing" });
    bench.expect("snapshot" in missing && missing.snapshot !== undefined).toBe(false);
  });
};
