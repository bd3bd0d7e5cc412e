import type { WaitRow } from "@pawl/kernel/ports";
import { eventOf, owned, planOf, rowOf, stageKey, stepPlan } from "@pawl/test-parts/plans";
import { describe, expect, test } from "vitest";
import { MysqlConnections } from "../../src/mysql/connections.ts";
import { DriverSession } from "../../src/mysql/driver-session.ts";
import { PoolSessions } from "../../src/mysql/pool-sessions.ts";
import { resolved } from "../../src/mysql/resolve-waits.ts";
import { Turns } from "../../src/mysql/turns.ts";
import { wavesOf } from "../../src/mysql/waves.ts";
import { SERVERS } from "./text-store.ts";

describe("connections", () => {
  /** A pool whose every statement fails with this, the first times. */
  function failing(errno: number, times: number) {
    let left = times;
    let destroyed = 0;
    const execute = async () => {
      if (left-- > 0) throw Object.assign(new Error("no"), { errno, sqlMessage: "no" });
      return [[1]];
    };
    const connection = {
      execute,
      query: async () => ({}),
      release: async () => undefined,
      destroy: () => {
        destroyed += 1;
      },
    };
    const pool = { getConnection: async () => connection, end: async () => undefined };
    const connections = new MysqlConnections({
      sessions: new PoolSessions({ pool: pool as never, place: "here", ownsPool: true }),
      answerTimeoutMs: 1_000,
    });
    const call = () => connections.use("x", (session) => session.all({ text: "", params: [] }));
    return { call, connections, destroyed: () => destroyed };
  }

  test.each([
    ["a deadlock", 1213, 3],
    ["a row that was locked for long", 1205, 1],
    ["a connection that was lost", 45_009, 3],
  ])("try %s again, within a bound", async (_, errno, times) => {
    const passing = failing(errno, times);
    expect(await passing.call()).toEqual([[1]]);
    const lasting = failing(errno, times + 1);
    await expect(lasting.call()).rejects.toMatchObject({ kind: "unavailable" });
    expect(lasting.destroyed()).toBe(errno === 45_009 ? 4 : 0);
  });

  test("try nothing else again", async () => {
    await expect(failing(1064, 1).call()).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("that were closed say so", async () => {
    const { call, connections } = failing(0, 0);
    await connections.close();
    await connections.close();
    await expect(call()).rejects.toThrow(/here was closed/);
  });
});

test("a transaction ends after all that was sent in it, though a part of it failed", async () => {
  const log: string[] = [];
  let arrive: () => void = () => undefined;
  const sent = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const connection = {
    query: async ({ sql }: { readonly sql: string }) => void log.push(sql),
    execute: () => Promise.reject(Object.assign(new Error("double"), { errno: 1062 })),
    batch: async () => {
      await sent;
      log.push("batch");
    },
  };
  const session = new DriverSession(connection as never);
  const writing = session.writing(
    async () => undefined,
    async () => {
      const change = session.change({ text: "insert", params: [] });
      await Promise.all([change, session.batch("insert", [[1], [2]])]);
      return { value: undefined, commit: true };
    },
  );
  setImmediate(arrive);
  await expect(writing).rejects.toThrow("double");
  expect(log).toEqual(["START TRANSACTION", "batch", "ROLLBACK"]);
});

describe("turns", () => {
  test("follow one another at a place, and pass beside others", async () => {
    const turns = new Turns();
    const log: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const first = turns.take(["a", "b"], async () => {
      await gate;
      log.push("first");
    });
    const second = turns.take(["b", "c"], async () => void log.push("second"));
    const third = turns.take(["c"], async () => void log.push("third"));
    await turns.take(["d"], async () => void log.push("beside"));
    open();
    await Promise.all([first, second, third]);
    expect(log).toEqual(["beside", "first", "second", "third"]);
  });

  test("go on after one that failed", async () => {
    const turns = new Turns();
    const failed = turns.take(["a"], () => Promise.reject(new Error("no")));
    const next = turns.take(["a"], async () => "next");
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("next");
  });
});

describe("waves", () => {
  const { schema } = SERVERS.MariaDB;
  const lengths = (plans: Parameters<typeof wavesOf>[1]) =>
    wavesOf(schema, plans).map(({ length }) => length);
  const strict = (runId: string) =>
    planOf({ guards: [{ kind: "rev", runId, rev: 0 }], events: [eventOf(runId)] });
  const end = planOf({
    guards: [owned("run")],
    writes: [{ op: "update", table: "stages", key: stageKey("run"), set: { held: true } }],
  });
  const cancel = planOf({
    guards: [{ kind: "rev", runId: "run", rev: 0 }],
    writes: [{ op: "updateStages", runId: "run", where: {}, set: { held: true } }],
  });
  const created = (id: string) => {
    const row = { table: "audit", key: { id } } as const;
    const write = { op: "insert", table: "audit", row: rowOf("audit", { id }) } as const;
    return planOf({ guards: [{ kind: "absent", row }], writes: [write] });
  };

  test("hold plans of different runs, and records of one stage", () => {
    expect(lengths([strict("a"), strict("b"), strict("c")])).toEqual([3]);
    expect(lengths([stepPlan("run", 1), stepPlan("run", 2)])).toEqual([2]);
  });

  test("end where a plan looks at what one before it changes, or changes what it looked at", () => {
    expect(lengths([strict("a"), strict("b"), strict("a")])).toEqual([2, 1]);
    expect(lengths([stepPlan("run", 1), end, stepPlan("run", 2)])).toEqual([1, 1, 1]);
    expect(lengths([cancel, stepPlan("run", 1)])).toEqual([1, 1]);
    expect(lengths([stepPlan("run", 1), cancel])).toEqual([1, 1]);
    expect(lengths([created("a"), created("a")])).toEqual([1, 1]);
  });
});

describe("waits of a claimed stage", () => {
  const wait = (part: Partial<WaitRow>): WaitRow => rowOf("waits", { kind: "timer", ...part });

  test("that are due fire or time out in order of instant, key and occurrence", () => {
    const waits = [
      wait({ key: "b", dueAt: 5 }),
      wait({ key: "a", dueAt: 5, occurrence: 1 }),
      wait({ key: "a", dueAt: 5 }),
      wait({ key: "signal", kind: "signal", dueAt: 3 }),
      wait({ key: "done", kind: "signal", dueAt: null, outcome: "received", resolvedAt: 4 }),
    ];
    const { changed, open } = resolved(waits, 7, 5);
    expect(changed.map(({ key, seq, outcome }) => [key, seq, outcome])).toEqual([
      ["signal", 8, "timedOut"],
      ["done", 9, "received"],
      ["a", 10, "fired"],
      ["a", 11, "fired"],
      ["b", 12, "fired"],
    ]);
    expect(changed[2]?.occurrence).toBe(0);
    expect(open).toEqual([]);
  });

  test("that are not due stay open, closed ones are left out, a hold ends", () => {
    const waits = [
      wait({ key: "later", dueAt: 6 }),
      wait({ key: "never", kind: "signal", dueAt: null }),
      wait({ key: "closed", outcome: "closed", resolvedAt: 1 }),
      wait({ key: "hold", kind: "hold", dueAt: null }),
    ];
    const { changed, open } = resolved(waits, 0, 5);
    expect(changed.map(({ key, resolvedAt }) => [key, resolvedAt])).toEqual([["hold", 5]]);
    expect(open.map(({ key }) => key)).toEqual(["later", "never"]);
  });
});
