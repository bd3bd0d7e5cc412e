import type { CommitPlan, Persistence } from "@pawl/kernel/ports";
import { fromDbNow } from "@pawl/kernel/ports";
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
import pg from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onPostgres } from "./on-postgres.ts";
import type { TemporarySchema } from "./temporary-database.ts";

const isBusy = (answered: unknown): boolean =>
  typeof answered === "object" && answered !== null && "why" in answered && answered.why === "busy";

/** Every mistake that one locking and writing statement can hide. */
onPostgres("a statement that locks, decides and writes", (place) => {
  let schema: TemporarySchema;
  let persistence: Persistence;
  let foreign: pg.Client;

  beforeEach(async () => {
    ({ schema } = place());
    persistence = await schema.open();
    foreign = new pg.Client({ connectionString: schema.url });
    await foreign.connect();
    await foreign.query(`SET search_path TO "${schema.schema}"`);
    const expiresAt = schema.clock.now() + 60_000;
    const rows = [workerOf({ expiresAt }), runOf("run"), stageOf("run", running)];
    await persistence.commit(planOf({ writes: rows }));
  });
  afterEach(() => foreign.end());

  const status = async (): Promise<unknown> =>
    (await persistence.query.get("stages", stageKey("run")))?.status;

  /**
   * Works while somebody else has changed rows, whose transaction commits a little later. What was
   * busy because that commit took its time is tried once more, as whoever commits would.
   */
  async function against<T>(change: string, work: () => Promise<T>, laterMs = 15): Promise<T> {
    await foreign.query("BEGIN");
    await foreign.query(change);
    const working = work();
    await foreign.query(`SELECT pg_sleep(${laterMs / 1_000})`);
    await foreign.query("COMMIT");
    const answered = await working;
    return isBusy(answered) ? work() : answered;
  }

  const endStage = (guards: CommitPlan["guards"]): CommitPlan =>
    planOf({
      guards,
      writes: [
        { op: "update", table: "stages", key: stageKey("run"), set: { status: "completed" } },
      ],
    });

  test("a stage of a run that is being cancelled is not completed", async () => {
    const live = { kind: "live", runId: "run" } as const;
    const ended = await against("UPDATE runs SET status = 'cancelled'", () =>
      persistence.commit(endStage([live, owned("run")])),
    );
    expect(ended).toMatchObject({ ok: false, why: "terminal" });
    expect(await status()).toBe("running");
  });

  test("a record is not written under a fence that is being raised", async () => {
    const recorded = await against("UPDATE stages SET fence = 2", () =>
      persistence.commit(stepPlan("run", 1)),
    );
    expect(recorded).toMatchObject({ ok: false, why: "fence" });
    expect(await persistence.query.count("steps", {}, 9)).toBe(0);
  });

  test("a row whose version is being raised is not changed", async () => {
    const key = { id: session.id };
    const row = { table: "workers", key } as const;
    const changed = await against("UPDATE workers SET version = version + 1", () =>
      persistence.commit(
        planOf({
          guards: [{ kind: "version", row, version: 0 }],
          writes: [{ op: "update", table: "workers", key, set: { status: "gone" } }],
        }),
      ),
    );
    expect(changed).toMatchObject({ ok: false, why: "rev" });
    expect((await persistence.query.get("workers", key))?.status).toBe("active");
  });

  test("a session that is being reaped guards nothing", async () => {
    const guarded = await against("UPDATE workers SET status = 'gone'", () =>
      persistence.commit(planOf({ guards: [{ kind: "session", ...session }] })),
    );
    expect(guarded).toMatchObject({ ok: false, why: "fence" });
  });

  test("a claim that meets a heartbeat of its own session takes what is ready", async () => {
    const claiming = () => persistence.claim(claimOf());
    expect(await claiming()).toEqual([]);
    await persistence.commit(planOf({ writes: [runOf("more"), stageOf("more")] }));
    const claimed = await against("UPDATE workers SET load = 7", claiming, 8);
    expect(claimed).toMatchObject([{ stage: { runId: "more", status: "running" } }]);
  });

  test("a session that is being reaped claims nothing", async () => {
    await persistence.commit(planOf({ writes: [stageOf("run", { mapIndex: 1 })] }));
    const claiming = (): Promise<unknown> => persistence.claim(claimOf());
    expect(await against("UPDATE workers SET status = 'gone'", claiming, 100)).toEqual([]);
    expect(await persistence.query.count("stages", { status: "ready" }, 9)).toBe(1);
  });

  test("a run that moves on while it is locked keeps its revs without gap", async () => {
    const event = planOf({
      guards: [{ kind: "live", runId: "run" }],
      events: [eventOf("run"), eventOf("run")],
    });
    const change = "UPDATE runs SET rev = rev + 1 WHERE id = 'run'";
    expect(await against(change, () => persistence.commit(event))).toMatchObject({
      ok: true,
      revs: { run: 3 },
    });
    const revs = (await persistence.query.find({ table: "events", where: {}, limit: 9 })).map(
      ({ rev }) => rev,
    );
    expect(revs).toEqual([2, 3]);
  });

  test("a set-wise write reaches the stage that is being given back", async () => {
    const paused = await against("UPDATE stages SET status = 'ready', fence = fence + 1", () =>
      persistence.commit(
        planOf({
          guards: [{ kind: "rev", runId: "run", rev: 0 }],
          writes: [
            {
              op: "updateStages",
              runId: "run",
              where: { status: ["ready"], held: false },
              set: { held: true, holdReason: "paused" },
            },
          ],
          events: [eventOf("run")],
        }),
      ),
    );
    expect(paused).toMatchObject({ ok: true });
    expect(await persistence.query.get("stages", stageKey("run"))).toMatchObject({
      status: "ready",
      held: true,
    });
  });

  test("a wait that a signal resolves is not fired by the claim of its stage", async () => {
    const wait = { runId: "run", key: "nap", dueAt: 1, name: "go", kind: "signal" } as const;
    await persistence.commit(
      planOf({
        writes: [
          { op: "update", table: "stages", key: stageKey("run"), set: SUSPENDED },
          insert("waits", wait),
        ],
      }),
    );
    const [claimed] = await against(
      "UPDATE waits SET outcome = 'received', value = 'i1', resolved_at = 1",
      () => persistence.claim(claimOf()),
      100,
    );
    expect(claimed?.memo.entries).toEqual([]);
    const stored = await persistence.query.find({ table: "waits", where: {}, limit: 1 });
    expect(stored).toMatchObject([{ outcome: "received", seq: null }]);
  });

  test("one row is changed once by columns, counters and events together", async () => {
    const result = await persistence.commit(
      planOf({
        guards: [{ kind: "live", runId: "run" }],
        writes: [
          { op: "add", table: "runs", key: { id: "run" }, column: "inbox", by: 2 },
          { op: "add", table: "runs", key: { id: "run" }, column: "sinksPending", by: 3 },
        ],
        events: [eventOf("run")],
      }),
    );
    expect(result).toMatchObject({ ok: true, counters: [2, 3], revs: { run: 1 } });
    expect(await persistence.query.get("runs", { id: "run" })).toMatchObject({
      inbox: 2,
      sinksPending: 3,
      rev: 1,
    });
  });

  test("plans of one batch that meet in a row beside runs take turns", async () => {
    const row = { table: "workers", key: { id: session.id } } as const;
    const raise = (version: number): CommitPlan =>
      planOf({
        guards: [{ kind: "version", row, version }],
        writes: [{ op: "update", table: "workers", key: row.key, set: { version: version + 1 } }],
      });
    const results = await persistence.commitMany([raise(0), raise(1), raise(1), raise(2)]);
    expect(results.map((result) => result.ok || result.why)).toEqual([true, true, "rev", true]);
    expect((await persistence.query.get("workers", row.key))?.version).toBe(3);
  });

  test("nothing is written when one of many guards is false", async () => {
    const everything = planOf({
      guards: [{ kind: "rev", runId: "run", rev: 0 }, owned("run"), owned("run", 2)],
      writes: [
        runOf("other"),
        { op: "update", table: "runs", key: { id: "run" }, set: { status: "failed" } },
        { op: "delete", table: "stages", key: { runId: "run" } },
        insert("signals", { runId: "run" }),
      ],
      events: [eventOf("run")],
    });
    expect(await persistence.commit(everything)).toMatchObject({ ok: false, why: "fence" });
    const { query } = persistence;
    for (const table of ["events", "signals"] as const) {
      expect(await query.count(table, {}, 9)).toBe(0);
    }
    expect(await query.count("runs", { status: "running" }, 9)).toBe(1);
    expect(await query.count("stages", {}, 9)).toBe(1);
  });

  test.each([
    ["an update", { op: "update", table: "stages", key: stageKey("run"), set: { priority: 3 } }],
    [
      "a counter",
      { op: "add", table: "stages", key: stageKey("run"), column: "joinPending", by: 1 },
    ],
    ["a deletion", { op: "delete", table: "stages", key: { runId: "run" } }],
  ] as const)("%s of a locked row without a guard does not wait", async (_, write) => {
    await foreign.query("BEGIN");
    await foreign.query("SELECT 1 FROM stages FOR UPDATE");
    const startedAt = performance.now();
    const result = await persistence.commit(planOf({ writes: [write] }));
    expect(result).toMatchObject({ ok: false, why: "busy" });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await foreign.query("ROLLBACK");
    expect(await persistence.commit(planOf({ writes: [write] }))).toMatchObject({ ok: true });
  });

  test("a set-wise write does not wait for a locked row, and is busy", async () => {
    await foreign.query("BEGIN");
    await foreign.query("SELECT 1 FROM stages FOR UPDATE");
    const cancel = cancelPlan("run", { rev: 0 });
    expect(await persistence.commit(cancel)).toMatchObject({ ok: false, why: "busy" });
    await foreign.query("ROLLBACK");
    expect(await persistence.commit(cancel)).toMatchObject({ ok: true });
  });

  test("an insert whose twin is uncommitted waits for it and is then refused", async () => {
    await foreign.query("BEGIN");
    await foreign.query(
      "INSERT INTO audit (id, namespace, verb, actor, data, at) VALUES ('a', '', '', '', '{}', 0)",
    );
    const inserting = persistence.commit(planOf({ writes: [insert("audit", { id: "a" })] }));
    await vi.waitFor(async () => {
      const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY";
      const { rowCount } = await foreign.query(`${waiting}(pg_blocking_pids(pid))`);
      expect(rowCount).toBe(1);
    });
    await foreign.query("COMMIT");
    expect(await inserting).toMatchObject({ ok: false, why: "exists" });
  });

  test("instants of one statement are one instant of the server", async () => {
    const own = await schema.open({ clock: undefined as never });
    const before = Date.now();
    const writes = Array.from({ length: 50 }, (_, mapIndex) =>
      stageOf("run", {
        mapIndex: mapIndex + 1,
        createdAt: fromDbNow() as never,
        availableAt: fromDbNow(-5_000) as never,
      }),
    );
    const result = await own.commit(planOf({ writes }));
    const rows = await own.query.find({
      table: "stages",
      where: { mapIndex: { gt: 0 } },
      limit: 99,
    });
    expect(new Set(rows.map(({ createdAt }) => createdAt))).toEqual(new Set([result.dbNow]));
    expect(new Set(rows.map(({ availableAt }) => availableAt))).toEqual(
      new Set([result.dbNow - 5_000]),
    );
    expect(Math.abs(result.dbNow - before)).toBeLessThan(60_000);
  });

  test("NUL in JSON and payloads comes back, in a name it is refused and named", async () => {
    const labels = { a: "\u0000\ud800" };
    await persistence.commit(planOf({ writes: [runOf("nul", { labels, output: 'i"\\u0000"' })] }));
    expect(await persistence.query.get("runs", { id: "nul" })).toMatchObject({
      labels,
      output: 'i"\\u0000"',
    });
    const refused = persistence.commit(planOf({ writes: [runOf("a\u0000b")] }));
    await expect(refused).rejects.toMatchObject({ code: "E_ARGUMENT_INVALID" });
    await expect(persistence.load("a\u0000b", {})).rejects.toMatchObject({
      code: "E_ARGUMENT_INVALID",
    });
  });
});

const SUSPENDED = { status: "suspended", wakeAt: 1 } as const;
