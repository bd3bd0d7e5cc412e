import { EngineError } from "@pawl/kernel";
import type { Find, Persistence } from "@pawl/kernel/ports";
import type { Bench, Cases } from "./bench.ts";
import { claimOf, requestOf } from "./claim-requests.ts";
import { eventOf, insert, live, owned, planOf, rev, stageKey } from "./plans.ts";

/** Code of the engine error that a call ends with; other errors and answers tell themselves. */
async function codeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    return `answered ${JSON.stringify(await call())}`;
  } catch (error) {
    return EngineError.is(error) ? error.code : `threw ${String(error)}`;
  }
}

/** What a store refuses, and what it can't do. */
export const refusalCases: Cases = (suite) => {
  const { foreignTransactions } = suite.can;
  if (foreignTransactions) locked(foreignTransactions, suite);
  else unlocked(suite);
  if (foreignTransactions === "rows") lockedRows(suite);
  closed(suite);
  invalidReads(suite);
  declared(suite);
};

const unlocked: Cases = ({ prove }) => {
  prove("COMMIT-7 CLAIM-3 BATCH-3 nobody else can lock rows of this store", async (bench) => {
    bench.expect(bench.hold).toBe(undefined);
    const { interactiveTransactions, skipLocked } = bench.persistence.capabilities;
    bench.expect({ interactiveTransactions, skipLocked }).toEqual({
      interactiveTransactions: false,
      skipLocked: false,
    });
  });
};

const holdRun = async (bench: Bench, id: string): Promise<() => Promise<void>> =>
  (await bench.hold?.({ table: "runs", key: { id } })) ?? (async () => undefined);

/** Busy, or for a store that knows no row locks the error that says so. */
const lockedOut = (foreign: "rows" | "database"): readonly string[] =>
  foreign === "rows" ? ["busy"] : ["busy", "E_DATABASE_LOCKED"];

const locked = (foreign: "rows" | "database", { prove }: Parameters<Cases>[0]): void => {
  prove(`COMMIT-7 ${foreign} locked by a foreign transaction: busy, not waiting`, async (bench) => {
    await bench.put(insert("runs"));
    const plan = planOf({ guards: [rev(0)], events: [eventOf()] });
    const release = await holdRun(bench, "run");
    const answer = await codeOf(async () => {
      const result = await bench.persistence.commit(plan);
      return result.ok ? "ok" : result.why;
    });
    await release();
    const why = answer.replace(/^answered "(.*)"$/, "$1");
    bench.expect(lockedOut(foreign).includes(why), why).toBe(true);
    bench.expect(await bench.rows("events")).toEqual([]);
    bench
      .expect(await bench.persistence.commit(plan))
      .toMatchObject({ ok: true, revs: { run: 1 } });
  });
  prove("CLAIM-3 a claim does not wait for a locked row [27]", async (bench) => {
    await bench.put(insert("workers"), insert("runs"), insert("stages"));
    const release = await bench.hold?.({ table: "stages", key: stageKey() });
    const code = await codeOf(() => claimOf(bench));
    await release?.();
    bench.expect(["answered []", "E_DATABASE_LOCKED"].includes(code), code).toBe(true);
    bench.expect((await claimOf(bench)).length).toBe(1);
  });
};

const lockedRows: Cases = ({ prove }) => {
  prove("BATCH-3 one locked run of 64 answers busy, the others commit", async (bench) => {
    const ids = Array.from({ length: 64 }, (_, i) => `run ${i}`);
    await bench.put(...ids.map((id) => insert("runs", { id })));
    const release = await holdRun(bench, "run 7");
    const results = await bench.persistence.commitMany(
      ids.map((id) => planOf({ guards: [live(0, id)], events: [eventOf({ runId: id })] })),
    );
    await release();
    const refused = results.flatMap((result, i) => (result.ok ? [] : [`${i} ${result.why}`]));
    bench.expect(refused).toEqual(["7 busy"]);
    bench.expect((await bench.rows("events")).length).toBe(63);
  });
  prove("COMMIT-7 a record of a stage whose row is locked: busy, not waiting", async (bench) => {
    await bench.put(insert("runs"), insert("stages", { status: "running", fence: 1 }));
    const empty = planOf({ guards: [owned(1)] });
    const plan = { ...empty, writes: [insert("steps", { commitId: empty.commitId })] };
    const release = await bench.hold?.({ table: "stages", key: stageKey() });
    const result = await bench.persistence.commit(plan);
    await release?.();
    bench.expect(result).toMatchObject({ ok: false, why: "busy" });
    bench.expect(await bench.rows("steps")).toEqual([]);
    bench.expect(await bench.persistence.commit(plan)).toMatchObject({ ok: true });
  });
  prove("CLAIM-3 stages beside a locked one are claimed [27]", async (bench) => {
    await bench.put(insert("workers"), insert("runs"));
    await bench.put(...[0, 1, 2].map((mapIndex) => insert("stages", { mapIndex })));
    const release = await bench.hold?.({ table: "stages", key: stageKey({ mapIndex: 1 }) });
    const claimed = await claimOf(bench);
    await release?.();
    bench.expect(claimed.map(({ stage }) => stage.mapIndex)).toEqual([0, 2]);
  });
};

const TAKE = { namespace: "default", limit: 1, visibleAfterMs: 1 };
const BOUNDS = { recordsMax: 1, bytesMax: 1 };

const CALLS: Readonly<Record<string, (persistence: Persistence) => Promise<unknown>>> = {
  load: (persistence) => persistence.load("run", {}),
  commit: (persistence) => persistence.commit(planOf({ writes: [insert("audit")] })),
  commitMany: (persistence) => persistence.commitMany([planOf({ writes: [insert("audit")] })]),
  claim: (persistence) => persistence.claim(requestOf()),
  memoPage: (persistence) => persistence.memoPage(stageKey(), 0, BOUNDS),
  heartbeat: (persistence) =>
    persistence.heartbeat({ id: "session", epoch: 1 }, { ttlMs: 1, load: 0 }),
  sweep: (persistence) =>
    persistence.sweep({ namespace: "default", kinds: ["startDue"], limit: 1 }),
  takeIntents: (persistence) => persistence.takeIntents(TAKE),
  ackIntents: (persistence) => persistence.ackIntents(["intent"]),
  takeDispatch: (persistence) => persistence.takeDispatch(TAKE),
  ackDispatch: (persistence) => persistence.ackDispatch([{ stage: stageKey(), createdAt: 1 }]),
  "query.get": (persistence) => persistence.query.get("runs", { id: "run" }),
  "query.find": (persistence) => persistence.query.find({ table: "runs", where: {}, limit: 1 }),
  "query.count": (persistence) => persistence.query.count("runs", {}, 1),
};

const closed: Cases = ({ can, prove }) => {
  for (const [name, call] of Object.entries(CALLS)) {
    prove(`CLOSE ${name} on a closed store is unavailable`, async (bench) => {
      const answer = await codeOf(() => call(bench.persistence));
      bench.expect(answer.startsWith("answered"), answer).toBe(true);
      await bench.persistence.close();
      bench.expect(await codeOf(() => call(bench.persistence))).toBe("E_PERSISTENCE_UNAVAILABLE");
    });
  }
  prove("CLOSE closing twice is one close", async (bench) => {
    await bench.persistence.close();
    bench.expect(await codeOf(() => bench.persistence.close())).toBe("answered undefined");
  });
  if (!can.handles) return;
  prove("CLOSE another handle sees the same rows and stays open", async (bench) => {
    const other = await (bench.second as () => Promise<Persistence>)();
    await bench.put(insert("runs", { rev: 5 }));
    await bench.persistence.close();
    bench.expect(await other.load("run", {})).toMatchObject({ run: { rev: 5 } });
    await other.close();
  });
};

const INVALID: Readonly<Record<string, object>> = {
  "an unknown table": { table: "users" },
  "a table of another kind": { table: "__proto__" },
  "an unknown column in a condition": { where: { "id; DROP TABLE runs": 1 } },
  "a column of a prototype in a condition": { where: { constructor: 1 } },
  "an unknown column in an order": { orderBy: ["rev DESC; --"] },
  "a limit of more than 1,000": { limit: 1_001 },
};

const invalidReads: Cases = ({ prove }) => {
  for (const [title, part] of Object.entries(INVALID)) {
    prove(`QUERY-1 find refuses ${title}`, async (bench) => {
      await bench.put(insert("runs"));
      const find = { table: "runs", where: {}, limit: 1, ...part } as unknown as Find<"runs">;
      bench
        .expect(await codeOf(() => bench.persistence.query.find(find)))
        .toBe("E_ARGUMENT_INVALID");
      bench.expect((await bench.rows("runs")).length).toBe(1);
    });
  }
  prove("QUERY-1 count and get refuse what they do not know", async (bench) => {
    const { query } = bench.persistence;
    const column = { nobody: 1 } as never;
    bench.expect(await codeOf(() => query.count("runs", column, 1))).toBe("E_ARGUMENT_INVALID");
    const table = "users" as never;
    bench.expect(await codeOf(() => query.count(table, {}, 1))).toBe("E_ARGUMENT_INVALID");
    bench.expect(await codeOf(() => query.get(table, {} as never))).toBe("E_ARGUMENT_INVALID");
  });
  prove("QUERY-1 a limit of 1,000 is served", async (bench) => {
    const find = { table: "runs", where: {}, limit: 1_000 } as const;
    bench.expect(await bench.persistence.query.find(find)).toEqual([]);
  });
};

const declared: Cases = ({ can, prove }) => {
  prove("CAPABILITIES say what the store has", async (bench) => {
    const { capabilities, bind } = bench.persistence;
    bench.expect(capabilities.atomic).toBe(true);
    bench.expect(capabilities.maxRowBytes >= 1024 * 1024).toBe(true);
    bench.expect(capabilities.maxParams >= 100).toBe(true);
    bench.expect(typeof bind).toBe(capabilities.interactiveTransactions ? "function" : "undefined");
    bench.expect(typeof bench.second).toBe(can.handles ? "function" : "undefined");
  });
};
