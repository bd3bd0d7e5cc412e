import type { Persistence } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { createMemoryPersistence, createMemoryStore, type Fault } from "../src/index.ts";
import { insertSession, intent, planOf } from "./rows.ts";

const ref = { id: "session", epoch: 1 };
const claimed = {
  namespace: "default",
  session: ref,
  definitions: ["d"],
  limit: 1,
  memoRecordsMax: 1,
  memoBytesMax: 1,
};
const taken = { namespace: "default", limit: 1, visibleAfterMs: 1_000 };

const CALLS: Readonly<Record<string, (persistence: Persistence) => Promise<unknown>>> = {
  load: (p) => p.load("run", {}),
  commit: (p) => p.commit(planOf({})),
  commitMany: (p) => p.commitMany([planOf({})]),
  claim: (p) => p.claim(claimed),
  memoPage: (p) =>
    p.memoPage({ runId: "r", stageId: "s", mapIndex: 0, generation: 0 }, 0, {
      recordsMax: 1,
      bytesMax: 1,
    }),
  heartbeat: (p) => p.heartbeat(ref, { ttlMs: 1, load: 0 }),
  sweep: (p) => p.sweep({ namespace: "default", kinds: [], limit: 1 }),
  takeIntents: (p) => p.takeIntents(taken),
  ackIntents: (p) => p.ackIntents([]),
  takeDispatch: (p) => p.takeDispatch(taken),
  ackDispatch: (p) => p.ackDispatch([]),
  get: (p) => p.query.get("runs", { id: "run" }),
  find: (p) => p.query.find({ table: "runs", where: {}, limit: 1 }),
  count: (p) => p.query.count("runs", {}, 1),
};

/** A handle whose every call suffers the fault, and one on the same store that suffers none. */
function pair(fault: Fault): { readonly faulty: Persistence; readonly sound: Persistence } {
  const store = createMemoryStore();
  const clock = { now: () => 5_000 };
  const faulty = createMemoryPersistence({ store, clock, faults: () => fault });
  return { faulty, sound: createMemoryPersistence({ store, clock }) };
}

describe("a call that is told to suffer", () => {
  for (const [method, call] of Object.entries(CALLS)) {
    for (const fault of ["unavailable", "ambiguousLost", "ambiguousApplied"] as const) {
      it(`${method}: ${fault} is a PersistenceUnavailableError`, async () => {
        const error = await call(pair(fault).faulty).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ name: "PersistenceUnavailableError", details: { method } });
      });
    }
  }

  for (const [fault, rows] of [
    ["ambiguousApplied", 1],
    ["ambiguousLost", 0],
  ] as const) {
    it(`${fault}: a commit leaves ${rows} rows`, async () => {
      const { faulty, sound } = pair(fault);
      await expect(faulty.commit(planOf({ writes: [insertSession()] }))).rejects.toThrow();
      expect(await sound.query.count("workers", {}, 9)).toBe(rows);
    });

    it(`${fault}: a take hides ${rows} rows`, async () => {
      const { faulty, sound } = pair(fault);
      await sound.commit(planOf({ intents: [intent] }));
      await expect(faulty.takeIntents(taken)).rejects.toThrow();
      expect(await sound.query.count("intents", { tries: 1 }, 9)).toBe(rows);
    });
  }

  it("busy and stale: a plan is refused as its guards would be, and not written", async () => {
    const guard = { kind: "session", id: "session", epoch: 1 } as const;
    const version = {
      kind: "version",
      row: { table: "workers", key: { id: "session" } },
      version: 1,
    } as const;
    const writes = [insertSession({ id: "b" })];
    for (const [fault, guards, why] of [
      ["busy", [guard], "busy"],
      ["stale", [guard], "fence"],
      ["stale", [version], "rev"],
    ] as const) {
      const { faulty, sound } = pair(fault);
      await sound.commit(planOf({ writes: [insertSession()] }));
      expect(await faulty.commit(planOf({ guards, writes }))).toMatchObject({ ok: false, why });
      expect(await sound.query.count("workers", {}, 9)).toBe(1);
    }
  });

  it("busy: claims and takes find nothing", async () => {
    const { faulty, sound } = pair("busy");
    await sound.commit(planOf({ intents: [intent] }));
    expect(await faulty.takeIntents(taken)).toEqual([]);
    expect(await faulty.takeDispatch(taken)).toEqual([]);
    expect(await faulty.claim(claimed)).toEqual([]);
    expect(await sound.takeIntents(taken)).toHaveLength(1);
  });

  it("a lost answer in a batch leaves the other plans written", async () => {
    const store = createMemoryStore();
    const [a, b, c] = ["a", "b", "c"].map((id) => planOf({ writes: [insertSession({ id })] }));
    const faulty = createMemoryPersistence({
      store,
      faults: ({ plan }) => (plan === b ? "ambiguousLost" : undefined),
    });
    await expect(faulty.commitMany([a!, b!, c!])).rejects.toThrow("lost");
    expect(faulty.dump().workers.map(({ id }) => id)).toEqual(["a", "c"]);
  });
});
