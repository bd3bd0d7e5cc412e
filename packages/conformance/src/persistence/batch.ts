import type { CommitPlan } from "@pawl/kernel/ports";
import type { Bench, Cases } from "./bench.ts";
import { add, eventOf, insert, live, owned, planOf, rev, stageKey, update } from "./plans.ts";

const outcomes = async (bench: Bench, plans: readonly CommitPlan[]): Promise<readonly string[]> => {
  const results = await bench.persistence.commitMany(plans);
  return results.map((result) => (result.ok ? (result.replayed ? "replayed" : "ok") : result.why));
};

const stepPlan = (name: string, seq: number): CommitPlan =>
  planOf({
    commitId: name,
    guards: [owned(1)],
    writes: [insert("steps", { key: name, seq, commitId: name })],
  });

const seed = (bench: Bench): Promise<void> =>
  bench.put(insert("runs"), insert("stages", { status: "running", fence: 1 }));

/** BATCH-1 and -2. */
export const batchCases: Cases = (suite) => {
  independence(suite);
  plansOfOneRun(suite);
};

const independence: Cases = ({ prove }) => {
  prove("BATCH-1 outcomes come in order and do not touch one another", async (bench) => {
    const ids = ["a", "b", "c", "d", "e"];
    await bench.put(...ids.map((id) => insert("runs", { id, rev: 2 })), insert("audit"));
    await bench.put(update("runs", { id: "c" }, { status: "failed" }));
    const mark = (id: string): CommitPlan["writes"] => [update("runs", { id }, { reason: "mark" })];
    const results = await outcomes(bench, [
      planOf({ guards: [rev(2, "a")], writes: mark("a"), events: [eventOf({ runId: "a" })] }),
      planOf({ guards: [rev(1, "b")], writes: mark("b"), events: [eventOf({ runId: "b" })] }),
      planOf({ guards: [live(0, "c")], writes: mark("c") }),
      planOf({ guards: [live(0, "d")], writes: [...mark("d"), insert("audit")] }),
      planOf({ guards: [rev(0, "nobody")], writes: [insert("audit", { id: "f" })] }),
      planOf({ guards: [live(0, "e")], writes: mark("e") }),
    ]);
    bench.expect(results).toEqual(["ok", "rev", "terminal", "exists", "missing", "ok"]);
    const marked = (await bench.rows("runs")).filter(({ reason }) => reason === "mark");
    bench.expect(marked.map(({ id, rev: at }) => `${id} ${at}`)).toEqual(["a 3", "e 2"]);
    bench.expect((await bench.rows("audit")).length).toBe(1);
    bench.expect((await bench.rows("events")).length).toBe(1);
  });
  prove("BATCH-1 each outcome carries its own facts", async (bench) => {
    await bench.put(insert("runs", { id: "a", inbox: 3 }), insert("runs", { id: "b", rev: 7 }));
    const counter = { table: "runs", key: { id: "a" }, column: "inbox" } as const;
    const dbNow = bench.clock.now();
    const results = await bench.persistence.commitMany([
      planOf({ guards: [live(3, "a")], writes: [add({ ...counter, by: 1 })] }),
      planOf({ guards: [rev(6, "b")] }),
      planOf({ guards: [rev(7, "b")], events: [eventOf({ runId: "b" })] }),
    ]);
    bench.expect(results).toMatchObject([
      { ok: true, counters: [4], revs: {}, dbNow },
      { ok: false, why: "rev", snapshot: { run: { id: "b", rev: 7 } } },
      { ok: true, counters: [], revs: { b: 8 } },
    ]);
  });
  prove("BATCH-1 an empty batch has no outcomes", async (bench) => {
    bench.expect(await bench.persistence.commitMany([])).toEqual([]);
  });
  prove("BATCH-1 sixty-four plans of as many runs", async (bench) => {
    const ids = Array.from({ length: 64 }, (_, i) => `run ${i}`);
    await bench.put(...ids.map((id) => insert("runs", { id })));
    const plans = ids.map((id) =>
      planOf({ guards: [rev(0, id)], events: [eventOf({ runId: id })] }),
    );
    bench.expect(new Set(await outcomes(bench, plans))).toEqual(new Set(["ok"]));
    bench.expect(new Set(await outcomes(bench, plans))).toEqual(new Set(["replayed"]));
    const revs = (await bench.rows("runs")).map((run) => run.rev);
    bench.expect(new Set(revs)).toEqual(new Set([1]));
  });
};

const plansOfOneRun: Cases = ({ prove }) => {
  prove("BATCH-2 two plans of one run are answered in order", async (bench) => {
    await seed(bench);
    const strict = (at: number): CommitPlan => planOf({ guards: [rev(at)], events: [eventOf()] });
    bench.expect(await outcomes(bench, [strict(0), strict(1)])).toEqual(["ok", "ok"]);
    bench.expect(await outcomes(bench, [strict(2), strict(2)])).toEqual(["ok", "rev"]);
    bench.expect(await outcomes(bench, [strict(4), strict(3)])).toEqual(["rev", "ok"]);
    bench.expect((await bench.rows("events")).map((event) => event.rev)).toEqual([1, 2, 3, 4]);
  });
  prove("BATCH-2 a refused plan brings the run as the plan before left it", async (bench) => {
    await seed(bench);
    const [, second] = await bench.persistence.commitMany([
      planOf({ guards: [rev(0)], events: [eventOf(), eventOf()] }),
      planOf({ guards: [rev(0)], events: [eventOf()] }),
    ]);
    bench.expect(second).toMatchObject({ ok: false, why: "rev", snapshot: { run: { rev: 2 } } });
  });
  prove("BATCH-2 a plan that ends the stage shuts out the one after it", async (bench) => {
    await seed(bench);
    const end = planOf({
      guards: [owned(1)],
      writes: [update("stages", stageKey(), { status: "completed" })],
      events: [eventOf()],
    });
    const results = await outcomes(bench, [stepPlan("a", 1), end, stepPlan("b", 2)]);
    bench.expect(results).toEqual(["ok", "ok", "fence"]);
    bench.expect((await bench.rows("steps")).map(({ key }) => key)).toEqual(["a"]);
  });
  prove("BATCH-2 steps of one stage, one of which is there already", async (bench) => {
    await seed(bench);
    const plans = [stepPlan("a", 1), stepPlan("b", 2), stepPlan("c", 3)];
    bench.expect(await outcomes(bench, plans.slice(1, 2))).toEqual(["ok"]);
    bench.expect(await outcomes(bench, plans)).toEqual(["ok", "replayed", "ok"]);
    const taken = planOf({ ...stepPlan("a", 9), commitId: "d" });
    bench.expect(await outcomes(bench, [taken, stepPlan("e", 4)])).toEqual(["exists", "ok"]);
    const keys = (await bench.rows("steps")).map(({ key }) => key);
    bench.expect(keys.toSorted()).toEqual(["a", "b", "c", "e"]);
  });
  prove("BATCH-2 the same plan twice in one batch is written once", async (bench) => {
    await seed(bench);
    const plan = planOf({ guards: [live()], events: [eventOf()] });
    bench.expect(await outcomes(bench, [plan, plan])).toEqual(["ok", "replayed"]);
    bench.expect((await bench.rows("events")).length).toBe(1);
  });
};
