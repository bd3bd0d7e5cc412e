import { EngineError } from "@pawl/kernel";
import type { BoundPersistence, CommitPlan } from "@pawl/kernel/ports";
import type { Bench, Cases, Suite } from "./bench.ts";
import { eventOf, insert, planOf, rev } from "./plans.ts";
import type { CallersTransaction } from "./subject.ts";

/** What a transaction of the caller's takes in, and what it leaves out. */
export const bindCases: Cases = (suite) => {
  if (suite.can.callersTransactions) {
    settled(suite);
    refused(suite);
    misused(suite);
    if (suite.can.foreignTransactions === "rows") keyed(suite);
  } else {
    suite.prove("BIND no transaction of a caller's can be used here", async (bench) => {
      bench.expect(bench.persistence.bind).toBe(undefined);
      bench.expect(bench.begin).toBe(undefined);
    });
  }
};

interface Within {
  readonly caller: CallersTransaction;
  readonly bound: BoundPersistence;
}

/** Works in a transaction of a caller, whose connection is given back whatever happens. */
async function within(bench: Bench, work: (within: Within) => Promise<void>): Promise<void> {
  const caller = await (bench.begin as () => Promise<CallersTransaction>)();
  try {
    const bound = bench.persistence.bind?.(caller.transaction) as BoundPersistence;
    await work({ caller, bound });
  } finally {
    await caller.end();
  }
}

const creation = (id = "run"): CommitPlan =>
  planOf({ writes: [insert("runs", { id, rev: 1 })], events: [eventOf({ runId: id })] });

const KEY = { namespace: "default", scope: "flow", key: "k" };

const keyedCreation = (id: string): CommitPlan => {
  const { writes, events } = creation(id);
  return planOf({
    guards: [{ kind: "absent", row: { table: "idempotency", key: KEY } }],
    writes: [...writes, insert("idempotency", { ...KEY, runId: id })],
    events,
  });
};

const keyed = ({ prove }: Suite): void => {
  const others = (bench: Bench) =>
    bench.persistence.commitMany([keyedCreation("second"), creation("other")]);
  prove("BIND-4 a key that it took is busy until it commits, and delays nobody", async (bench) => {
    await within(bench, async ({ caller, bound }) => {
      bench.expect(await bound.commit(keyedCreation("first"))).toMatchObject({ ok: true });
      bench.expect(await others(bench)).toMatchObject([{ ok: false, why: "busy" }, { ok: true }]);
      await caller.commit();
    });
    const late = await bench.persistence.commit(keyedCreation("late"));
    bench.expect(late).toMatchObject({ ok: false, why: "exists" });
    bench.expect((await bench.rows("runs")).map(({ id }) => id)).toEqual(["first", "other"]);
  });
  prove("BIND-4 a key that it took is free again when it is rolled back", async (bench) => {
    await within(bench, async ({ caller, bound }) => {
      await bound.commit(keyedCreation("first"));
      bench.expect(await others(bench)).toMatchObject([{ ok: false, why: "busy" }, { ok: true }]);
      await caller.rollback();
    });
    bench.expect(await others(bench)).toMatchObject([{ ok: true }, { ok: false, why: "exists" }]);
    bench.expect((await bench.rows("idempotency")).map(({ runId }) => runId)).toEqual(["second"]);
  });
};

const settled = ({ prove }: Suite): void => {
  prove("BIND-1 a plan is seen once its transaction commits, not before", async (bench) => {
    await within(bench, async ({ caller, bound }) => {
      bench.expect(await bound.commit(creation())).toMatchObject({ ok: true, revs: { run: 1 } });
      bench.expect(await bench.row("runs", { id: "run" })).toBe(undefined);
      await caller.commit();
    });
    bench.expect(await bench.row("runs", { id: "run" })).toMatchObject({ id: "run", rev: 1 });
    bench.expect((await bench.rows("events")).map(({ rev }) => rev)).toEqual([1]);
  });
  prove("BIND-1 a plan is gone when its transaction is rolled back", async (bench) => {
    const before = await bench.everything();
    await within(bench, async ({ caller, bound }) => {
      bench.expect(await bound.commit(creation())).toMatchObject({ ok: true });
      await caller.rollback();
    });
    bench.expect(await bench.everything()).toEqual(before);
  });
  prove("BIND-1 reads within it see what it wrote", async (bench) => {
    await within(bench, async ({ caller, bound }) => {
      await bound.commit(creation());
      bench.expect(await bound.query.get("runs", { id: "run" })).toMatchObject({ rev: 1 });
      bench.expect(await bound.load("run", {})).toMatchObject({ run: { rev: 1 } });
      bench.expect(await bound.query.count("runs", {}, 9)).toBe(1);
      await caller.rollback();
    });
  });
  prove("BIND-1 plans given at once are committed one after the other", async (bench) => {
    await within(bench, async ({ caller, bound }) => {
      const again = bench.persistence.bind?.(caller.transaction) as BoundPersistence;
      const ids = Array.from({ length: 8 }, (_, i) => `run ${i}`);
      const results = await Promise.all(
        ids.map((id, i) => (i % 2 ? again : bound).commit(creation(id))),
      );
      bench.expect(results.every(({ ok }) => ok)).toBe(true);
      await caller.commit();
    });
    bench.expect((await bench.rows("runs")).length).toBe(8);
  });
};

const refused = ({ prove }: Suite): void => {
  prove("BIND-2 a false guard leaves the transaction as it was", async (bench) => {
    await within(bench, async ({ caller, bound }) => {
      await bound.commit(creation());
      const stale = planOf({ guards: [rev(7)], events: [eventOf()] });
      bench.expect(await bound.commit(stale)).toMatchObject({ ok: false, why: "rev" });
      bench.expect(await bound.commit(creation("other"))).toMatchObject({ ok: true });
      await caller.commit();
    });
    bench.expect((await bench.rows("runs")).length).toBe(2);
    bench.expect((await bench.rows("events")).length).toBe(2);
  });
  prove("BIND-2 a row that is there leaves the transaction as it was", async (bench) => {
    await bench.put(insert("runs", { id: "there" }));
    await within(bench, async ({ caller, bound }) => {
      await bound.commit(creation());
      const twice = planOf({ writes: [insert("signals"), insert("runs", { id: "there" })] });
      bench.expect(await bound.commit(twice)).toMatchObject({ ok: false, why: "exists" });
      await caller.commit();
    });
    bench.expect((await bench.rows("runs")).length).toBe(2);
    bench.expect(await bench.rows("signals")).toEqual([]);
  });
};

const misused = ({ prove }: Suite): void => {
  const codeOf = async (work: () => Promise<unknown>): Promise<string> => {
    try {
      return `answered ${JSON.stringify(await work())}`;
    } catch (error) {
      return EngineError.is(error) ? error.code : `threw ${String(error)}`;
    }
  };
  for (const [what, given] of Object.entries({ nothing: undefined, text: "BEGIN", rows: {} })) {
    prove(`BIND-3 ${what} is no transaction`, async (bench) => {
      const code = await codeOf(async () => bench.persistence.bind?.(given));
      bench.expect(code).toBe("E_ARGUMENT_INVALID");
    });
  }
  prove("BIND-3 a transaction that has ended takes nothing more", async (bench) => {
    await within(bench, async ({ caller, bound }) => {
      await caller.commit();
      bench.expect(await codeOf(() => bound.commit(creation()))).toBe("E_ARGUMENT_INVALID");
    });
    bench.expect(await bench.rows("runs")).toEqual([]);
  });
};
