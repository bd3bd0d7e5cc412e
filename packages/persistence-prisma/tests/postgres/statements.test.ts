import type { CommitPlan, Persistence } from "@pawl/kernel/ports";
import { describeOn, postgres } from "@pawl/services/vitest";
import {
  claimOf,
  eventOf,
  owned,
  planOf,
  running,
  runOf,
  stageKey,
  stageOf,
  stepPlan,
  workerOf,
} from "@pawl/test-parts/plans";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { beginTransaction } from "../callers-transaction.ts";
import {
  type TemporaryDatabase,
  type TemporarySchema,
  temporaryDatabase,
} from "./temporary-database.ts";

describeOn("Prisma on PostgreSQL", await postgres(), (server) => {
  let database: TemporaryDatabase;
  let schema: TemporarySchema;
  let persistence: Persistence;
  let calls: object[] = [];
  beforeAll(async () => {
    database = await temporaryDatabase(server);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    schema = database.schema();
    persistence = await schema.open({ observe: (call) => void calls.push(call) });
    const expiresAt = schema.clock.now() + 60_000;
    const rows = [workerOf({ expiresAt }), runOf("run"), stageOf("run", running)];
    await persistence.commit(planOf({ writes: rows }));
    calls = [];
    return () => schema.remove();
  });

  const end: Partial<CommitPlan> = {
    guards: [{ kind: "rev", runId: "run", rev: 0 }, owned("run")],
    writes: [
      { op: "update", table: "stages", key: stageKey("run"), set: { status: "completed" } },
      stageOf("run", { stageId: "next" }),
    ],
    events: [eventOf("run")],
  };

  it("commits a step, and the end of a stage, with one statement each", async () => {
    expect(await persistence.commit(stepPlan("run", 1))).toMatchObject({ ok: true });
    expect(await persistence.commit(planOf(end))).toMatchObject({ ok: true });
    const one = { method: "commit", statements: 1, commits: 1 };
    expect(calls).toEqual([one, one]);
  });

  it("claims with one statement, and none of it waits for a lock", async () => {
    await persistence.commit(planOf(end));
    calls = [];
    expect(await persistence.claim(claimOf())).toHaveLength(1);
    expect(calls).toEqual([{ method: "claim", statements: 1, commits: 1 }]);
  });

  it("sends nothing to Prisma but texts with placeholders", async () => {
    const hostile = "'); DROP TABLE runs; --";
    const texts: string[] = [];
    const prisma = {
      ...database.prisma,
      $transaction: database.prisma.$transaction.bind(database.prisma),
      $executeRawUnsafe: (text: string, ...values: unknown[]) =>
        database.prisma.$executeRawUnsafe(text, ...values),
      $queryRawUnsafe: <T>(text: string, ...values: unknown[]) => {
        texts.push(text);
        return database.prisma.$queryRawUnsafe<T>(text, ...values);
      },
    };
    const watched = await schema.open({ prisma });
    await watched.commit(planOf({ writes: [runOf(hostile)] }));
    expect(await watched.query.get("runs", { id: hostile })).toMatchObject({ id: hostile });
    expect(texts.some((text) => text.includes("$1"))).toBe(true);
    expect(texts.filter((text) => text.includes("DROP TABLE"))).toEqual([]);
  });

  it("goes on after its connections were lost", async () => {
    await schema.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity" +
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'",
    );
    expect(await persistence.commit(stepPlan("run", 1))).toMatchObject({ ok: true });
    expect(await persistence.query.count("steps", {}, 9)).toBe(1);
  });

  it("leaves the caller's transaction usable when a start finds its key taken", async () => {
    const caller = await beginTransaction(database.prisma);
    const start = planOf({ writes: [runOf("run")], events: [eventOf("run")] });
    expect(await persistence.bind?.(caller.transaction).commit(start)).toMatchObject({
      why: "exists",
    });
    const other = planOf({ writes: [runOf("other", { rev: 1 })], events: [eventOf("other")] });
    await persistence.bind?.(caller.transaction).commit(other);
    await caller.commit();
    expect(await persistence.query.count("runs", {}, 9)).toBe(2);
  });

  it("takes no whole client for a transaction", () => {
    expect(() => persistence.bind?.(database.prisma)).toThrow(/callback of prisma/);
  });

  it("says what is missing, and makes it only when told to", async () => {
    const opening = schema.open({ schema: "nothing_here", migrate: false });
    await expect(opening).rejects.toMatchObject({ code: "E_SCHEMA_MISSING" });
  });

  it("leaves the client connected when it is closed", async () => {
    await persistence.close();
    expect(await database.prisma.$queryRawUnsafe("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await expect(persistence.load("run", {})).rejects.toMatchObject({ kind: "unavailable" });
  });

  it("says that a server is out of reach, not what Prisma calls it", async () => {
    const lost = await database.client("postgres://nobody@127.0.0.1:1/nothing");
    const opening = schema.open({ prisma: lost, provider: "postgresql" });
    await expect(opening).rejects.toMatchObject({ kind: "unavailable" });
  });
});
