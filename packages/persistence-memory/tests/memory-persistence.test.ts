import { describe, expect, it } from "vitest";
import { createMemoryPersistence } from "../src/index.ts";
import { insertSession, planOf, session } from "./rows.ts";

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "answered",
    (error: { readonly code?: unknown }) => error.code,
  );

describe("memory persistence", () => {
  it("answers the machine's time when it is given no clock", async () => {
    const before = Date.now();
    const { dbNow } = await createMemoryPersistence().commit(planOf({}));
    expect(dbNow).toBeGreaterThanOrEqual(before);
    expect(dbNow).toBeLessThanOrEqual(Date.now());
  });

  it("dumps rows sorted by key, as copies", async () => {
    const persistence = createMemoryPersistence();
    await persistence.commit(planOf({ writes: ["b", "a"].map((id) => insertSession({ id })) }));
    const { workers, runs } = persistence.dump();
    expect(workers).toEqual(["a", "b"].map((id) => ({ ...session, id })));
    expect(runs).toEqual([]);
    Object.assign(workers[0]!.labels, { zone: "changed" });
    expect(persistence.dump().workers[0]!.labels).toEqual({ zone: "a" });
  });

  it("keeps nothing of a plan that its caller may change later", async () => {
    const persistence = createMemoryPersistence();
    const labels = { zone: "a" };
    await persistence.commit(planOf({ writes: [insertSession({ labels })] }));
    labels.zone = "changed";
    expect(persistence.dump().workers[0]!.labels).toEqual({ zone: "a" });
  });

  it("hands out nothing by which a caller could change what is stored", async () => {
    const persistence = createMemoryPersistence();
    await persistence.commit(planOf({ writes: [insertSession()] }));
    const row = await persistence.query.get("workers", { id: "session" });
    Object.assign(row!, { status: "gone" });
    Object.assign(row!.labels, { zone: "changed" });
    expect(await persistence.query.get("workers", { id: "session" })).toEqual(session);
  });

  it("lets others run before and after every call", async () => {
    const persistence = createMemoryPersistence();
    const order: string[] = [];
    const call = async (name: string): Promise<void> => {
      await persistence.commit(planOf({ writes: [insertSession({ id: name })] }));
      order.push(`${name} ${persistence.dump().workers.length}`);
    };
    const calls = Promise.all([call("a"), call("b")]);
    expect(persistence.dump().workers).toEqual([]);
    await calls;
    expect(order).toEqual(["a 2", "b 2"]);
  });

  for (const [what, part] of Object.entries({
    "text where a number belongs": { epoch: "1" },
    "a fraction where an integer belongs": { epoch: 1.5 },
    "a number where a boolean or text belongs": { status: 1 },
    "null where it may not be": { host: null },
    "null where JSON may not be": { labels: null },
    "a column that there is not": { colour: "red" },
    "no value for a column that needs one": { host: undefined },
  })) {
    it(`refuses ${what}, and writes nothing of the plan`, async () => {
      const persistence = createMemoryPersistence();
      const writes = [insertSession({ id: "sound" }), insertSession(part)];
      expect(await codeOf(persistence.commit(planOf({ writes })))).toBe("E_ARGUMENT_INVALID");
      expect(persistence.dump().workers).toEqual([]);
    });
  }

  it("refuses a delete that names no leading part of the key", async () => {
    const persistence = createMemoryPersistence();
    for (const key of [{}, { stageId: "stage" }, { runId: "run", mapIndex: 0 }]) {
      const write = { op: "delete", table: "stages", key } as const;
      expect(await codeOf(persistence.commit(planOf({ writes: [write] })))).toBe(
        "E_ARGUMENT_INVALID",
      );
    }
  });

  it("refuses a page whose place does not fit its order", async () => {
    const { query } = createMemoryPersistence();
    const find = { table: "runs", where: {}, limit: 1, orderBy: ["rev"] } as const;
    expect(await codeOf(query.find({ ...find, after: ["run"] }))).toBe("E_ARGUMENT_INVALID");
    expect(await codeOf(query.find({ ...find, after: [1, "run"] }))).toBe("answered");
    expect(await codeOf(query.find({ ...find, limit: -1 }))).toBe("E_ARGUMENT_INVALID");
  });

  it("refuses an event of a run that is not there", async () => {
    const event = { runId: "run", type: "state.set", data: {}, actor: null } as const;
    const place = { stageId: null, mapIndex: null, generation: null };
    const result = await createMemoryPersistence().commit(
      planOf({ events: [{ ...event, ...place }] }),
    );
    expect(result).toMatchObject({ ok: false, why: "missing" });
  });
});
