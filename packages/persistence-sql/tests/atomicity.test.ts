import type { CommitPlan, Persistence } from "@pawl/kernel/ports";
import {
  claimOf,
  eventOf,
  insert,
  owned,
  planOf,
  rowOf,
  running,
  runOf,
  stageKey,
  stageOf,
  workerOf,
} from "@pawl/test-parts/plans";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Preparations } from "../src/sqlite/session.ts";
import { type TemporaryStore, temporaryStore } from "./temporary-store.ts";

let store: TemporaryStore;
let persistence: Persistence;
beforeEach(async () => {
  store = temporaryStore();
  persistence = await store.open({ lockTimeoutMs: 0 });
  await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", running)] }));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.remove();
});

/** Sees every statement of every connection, BEGIN and COMMIT too, around its execution. */
function around(before: (text: string) => void, after: (text: string) => void = () => {}): void {
  const get = Preparations.prototype.get;
  vi.spyOn(Preparations.prototype, "get").mockImplementation(function (this: Preparations, text) {
    const prepared = get.call(this, text);
    const told =
      <A extends unknown[], R>(method: (...args: A) => R) =>
      (...args: A): R => {
        before(text);
        const result = method.apply(prepared, args);
        after(text);
        return result;
      };
    return {
      reader: prepared.reader,
      readonly: prepared.readonly,
      run: told(prepared.run),
      all: told(prepared.all),
    } as unknown as typeof prepared;
  });
}

/** The end of a stage with all that goes with it: state, follow-ups, and what marks it as done. */
const stageEnd = (): CommitPlan =>
  planOf({
    guards: [{ kind: "rev", runId: "run", rev: 0 }, owned("run")],
    writes: [
      { op: "update", table: "stages", key: stageKey("run"), set: { status: "completed" } },
      stageOf("run", { stageId: "next" }),
      insert("steps", { runId: "run", key: "last" }),
    ],
    events: [eventOf("run")],
    intents: [rowOf("intents", { id: "intent" })],
    dispatch: [rowOf("dispatch", { runId: "run", stageId: "next" })],
  });

/** What a reader on another connection sees of it. */
async function visible(): Promise<Record<string, unknown>> {
  const reader = await store.open();
  const { query } = reader;
  const count = (table: "events" | "intents" | "dispatch" | "steps" | "commits") =>
    query.count(table, {}, 10);
  const seen = {
    status: (await query.get("stages", stageKey("run")))?.status,
    next: (await query.get("stages", stageKey("run", { stageId: "next" })))?.status,
    rev: (await query.get("runs", { id: "run" }))?.rev,
    events: await count("events"),
    intents: await count("intents"),
    dispatch: await count("dispatch"),
    steps: await count("steps"),
  };
  await reader.close();
  return seen;
}

const NONE = {
  status: "running",
  next: undefined,
  rev: 0,
  events: 0,
  intents: 0,
  dispatch: 0,
  steps: 0,
};
const ALL = {
  status: "completed",
  next: "ready",
  rev: 1,
  events: 1,
  intents: 1,
  dispatch: 1,
  steps: 1,
};

class DiskError extends Error {
  readonly code: string = "SQLITE_IOERR_WRITE";
}

const fresh = async (): Promise<void> => {
  await store.remove();
  store = temporaryStore();
  persistence = await store.open({ lockTimeoutMs: 0 });
  await persistence.commit(planOf({ writes: [runOf("run"), stageOf("run", running)] }));
};

describe.each(["before", "after"] as const)("a commit whose disk fails %s a statement", (when) => {
  test("leaves all of it or nothing, whichever statement that is [7]", async () => {
    const outcomes: string[] = [];
    for (let at = 1; ; at++) {
      await fresh();
      let count = 0;
      let failed: string | undefined;
      const maybeFail = (text: string): void => {
        if (when === "after" && text.startsWith("BEGIN")) return;
        count += 1;
        if (count !== at) return;
        failed = text;
        throw new DiskError("the disk failed");
      };
      if (when === "before") around(maybeFail);
      else around(() => {}, maybeFail);
      const plan = stageEnd();
      const answer = await persistence.commit(plan).catch((error: unknown) => error);
      vi.restoreAllMocks();
      const seen = await visible();
      if (failed === undefined) {
        expect(seen).toEqual(ALL);
        break;
      }
      expect({ failed, code: (answer as { code?: string }).code }).toEqual({
        failed,
        code: "E_PERSISTENCE_UNAVAILABLE",
      });
      const committed = when === "after" && failed === "COMMIT";
      expect({ failed, ...seen }).toEqual({ failed, ...(committed ? ALL : NONE) });
      expect(await persistence.commit(plan)).toMatchObject({ ok: true });
      expect(await visible()).toEqual(ALL);
      outcomes.push(failed.split(" ", 1)[0] ?? "");
    }
    expect(outcomes).toEqual(expect.arrayContaining(["INSERT", "UPDATE", "COMMIT"]));
    expect(outcomes.length).toBeGreaterThan(7);
  });
});

test("two transactions of one handle never interleave [28]", async () => {
  await persistence.commit(planOf({ writes: [workerOf()] }));
  const told: string[] = [];
  around((text) => void told.push(/^(BEGIN|COMMIT|ROLLBACK)/.exec(text)?.[1] ?? "in between"));
  const work = Array.from({ length: 10 }, (_, i) => [
    persistence.commit(planOf({ writes: [runOf(`r${i}`), stageOf(`r${i}`)] })),
    persistence.commit(planOf({ guards: [owned("run", 99)], events: [eventOf("run")] })),
    persistence.commitMany([1, 2].map((n) => planOf({ writes: [runOf(`m${i}-${n}`)] }))),
    persistence.claim(claimOf()),
    persistence.load("run", { stages: "current", waits: true, signals: true }),
  ]);
  await Promise.all(work.flat());
  vi.restoreAllMocks();
  const edges = told.filter((one) => one !== "in between");
  expect(edges.length).toBeGreaterThan(80);
  for (const [i, edge] of edges.entries()) expect(edge === "BEGIN").toBe(i % 2 === 0);
  expect(await persistence.query.count("runs", {}, 100)).toBe(31);
});

describe("a batch", () => {
  const texts: string[] = [];
  beforeEach(() => {
    texts.length = 0;
    around((text) => void texts.push(text.split(" ", 1)[0] as string));
  });

  test("is one transaction without savepoints, also when guards are false", async () => {
    const plans = [
      planOf({ writes: [runOf("a")] }),
      planOf({ guards: [owned("run", 99)], writes: [runOf("b"), stageOf("b")] }),
      planOf({ writes: [runOf("c"), stageOf("c")] }),
    ];
    const results = await persistence.commitMany(plans);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(texts.filter((text) => /BEGIN|COMMIT|SAVEPOINT|ROLLBACK/.test(text))).toEqual([
      "BEGIN",
      "COMMIT",
    ]);
    expect(await persistence.query.count("runs", {}, 10)).toBe(3);
  });

  test("keeps the others when a plan is refused after its first statement", async () => {
    const plans = [
      planOf({ writes: [runOf("a")] }),
      planOf({ writes: [runOf("b"), stageOf("run")] }),
      planOf({ writes: [runOf("c"), stageOf("c")] }),
    ];
    const results = await persistence.commitMany(plans);
    expect(results).toMatchObject([{ ok: true }, { ok: false, why: "exists" }, { ok: true }]);
    const kept = await persistence.query.find({ table: "runs", where: {}, limit: 9 });
    expect(kept.map(({ id }) => id).sort()).toEqual(["a", "c", "run"]);
    expect(await persistence.commitMany(plans.slice(0, 1))).toMatchObject([{ replayed: true }]);
  });
});
