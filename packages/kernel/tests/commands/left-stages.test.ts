import { CorruptRowError } from "@pawl/kernel";
import type { Persistence, SessionRef, Write } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import type { Harness } from "../support/harness.ts";
import { claim, Fleet, LEASE_MS, register } from "./fleet.ts";
import { echo } from "./workflows.ts";

const stageOf = (h: Harness, runId: string) =>
  h.persistence.dump().stages.find((stage) => stage.runId === runId)!;

const startMany = (h: Harness, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => h.start("echo", i)));

const corrupt = (table: string, runId: string): CorruptRowError =>
  new CorruptRowError("the row is damaged", { details: { table, key: { runId } } });

/** Reads that meet a stage of these runs fail, as those of a damaged row do. */
const damagedStages =
  (runs: ReadonlySet<string>) =>
  (inner: Persistence): Persistence => {
    const readable = <R>(table: string, rows: readonly R[]): readonly R[] => {
      const ids = rows.map((row) => (row as { readonly runId: string }).runId);
      const runId = ids.find((id) => runs.has(id));
      if (table === "stages" && runId !== undefined) throw corrupt(table, runId);
      return rows;
    };
    return {
      ...inner,
      query: {
        ...inner.query,
        find: async (asked) => readable(asked.table, await inner.query.find(asked)),
        get: async (table, key) => {
          const row = await inner.query.get(table, key);
          return row && readable(table, [row])[0];
        },
      },
    };
  };

const damagedRecords =
  (runId: string) =>
  (inner: Persistence): Persistence => ({
    ...inner,
    query: {
      ...inner.query,
      find: async (asked) => {
        const { runId: of } = asked.where as { readonly runId?: unknown };
        if (asked.table === "steps" && of === runId) throw corrupt("steps", runId);
        return inner.query.find(asked);
      },
    },
  });

const ways = {
  "is reaped": async (h: Harness) => {
    await h.world.advance(LEASE_MS);
    await h.kernel.dispatch({ type: "lease.reapStale" });
  },
  deregisters: (h: Harness, id: string) =>
    h.kernel.dispatch({ type: "worker.deregister", session: { id, epoch: 1 } }),
};

describe.each(Object.entries(ways))("a session with a damaged row that %s", (_, leave) => {
  it.each([[[0]], [[2]], [[4]], [[0, 1]], [[1, 3, 4]], [[0, 1, 2, 3, 4]]])(
    "keeps none of the other stages, and ends: damaged are %j of five",
    async (places) => {
      const fleet = new Fleet([echo]);
      const runs = new Set<string>();
      const h = fleet.process({ wrap: damagedStages(runs) });
      const ids = (await startMany(h, 5)).toSorted();
      const session = await register(h);
      await claim(h, session);
      for (const place of places) runs.add(ids[place] as string);
      await leave(h, session.id);
      const left = ids.map((id) => stageOf(h, id).status);
      expect(left).toEqual(ids.map((id) => (runs.has(id) ? "running" : "ready")));
      expect(h.persistence.dump().workers).toMatchObject([{ status: "gone" }]);
      const told = h.logged.filter(({ message }) => message.includes("damaged row"));
      expect(told.map(({ facts }) => facts.runId).toSorted()).toEqual([...runs].toSorted());
    },
  );

  it("leaves that run to a thorough look, which takes it once the row is mended [B8]", async () => {
    const fleet = new Fleet([echo]);
    const runs = new Set<string>();
    const h = fleet.process({ wrap: damagedStages(runs) });
    const runId = await h.start("echo", 1);
    const session = await register(h);
    await claim(h, session);
    runs.add(runId);
    await leave(h, session.id);
    await h.kernel.maintain({ thorough: true });
    expect(stageOf(h, runId)).toMatchObject({ status: "running", fence: 1 });
    runs.clear();
    await h.drain();
    expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
  });
});

it("a damaged record keeps its own stage from being reaped, not the others", async () => {
  const fleet = new Fleet([echo]);
  const [bad, good] = (await startMany(fleet.process(), 2)) as [string, string];
  const h = fleet.process({ wrap: damagedRecords(bad) });
  const session = await register(h);
  await claim(h, session);
  await ways["is reaped"](h);
  expect([bad, good].map((id) => stageOf(h, id).status)).toEqual(["running", "ready"]);
  expect(h.persistence.dump().workers).toMatchObject([{ status: "gone" }]);
});

describe("a stage that runs under a session that is gone", () => {
  /** What no command does: it still runs something. */
  const forget = async (h: Harness, how: "gone" | "unknown", { id }: SessionRef) => {
    const of = { table: "workers", key: { id } } as const;
    const write: Write =
      how === "gone" ? { op: "update", ...of, set: { status: "gone" } } : { op: "delete", ...of };
    const none = { guards: [], events: [], intents: [], dispatch: [] };
    await h.persistence.commit({ commitId: "behind", writes: [write], ...none });
  };

  it.each(["gone", "unknown"] as const)(
    "(%s) is found, counts as lost and goes on",
    async (how) => {
      const fleet = new Fleet([echo]);
      const h = fleet.process();
      const runId = await h.start("echo", 1);
      const session = await register(h);
      await claim(h, session);
      await forget(h, how, session);
      await h.kernel.maintain();
      expect(stageOf(h, runId)).toMatchObject({ status: "running" });
      await h.kernel.maintain({ thorough: true });
      expect(stageOf(h, runId)).toMatchObject({
        status: "ready",
        fence: 2,
        losses: 1,
        session: null,
      });
      await fleet.process().drain();
      expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
    },
  );

  it("of another namespace is left to those who work there", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    const runId = await h.start("echo", 1);
    const session = await register(h);
    await claim(h, session);
    await forget(h, "gone", session);
    await fleet.process({ namespace: "other" }).kernel.maintain({ thorough: true });
    expect(stageOf(h, runId)).toMatchObject({ status: "running", fence: 1 });
  });
});
