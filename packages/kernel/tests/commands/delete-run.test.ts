import type { Write } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { Fleet, hintAt, tablesNaming } from "./fleet.ts";
import { echo, fn, nap } from "./workflows.ts";

const remove = (h: Harness, workflowRunId: string, more: object = {}) =>
  h.kernel.dispatch({ type: "run.delete", workflowRunId, actor: "ann", reason: "old", ...more });
const runIds = (h: Harness) => h.persistence.dump().runs.map((run) => run.id);

/** Leaves a row in every table that a run can have rows in. */
const busy = fn("busy", async (ctx) => {
  await ctx.storage.put("file", "x".repeat(20_000));
  let tries = 0;
  await ctx.step("s", () => {
    tries += 1;
    if (tries === 1) throw new Error("once");
  });
  ctx.log("info", "hello");
  await ctx.sleep("nap", "1 hour");
});

describe("run.delete", () => {
  it("removes all that belongs to an ended run, and leaves who did it [118]", async () => {
    const h = new Harness([busy]);
    const runId = await h.start("busy", undefined, { idempotencyKey: "k" });
    await h.drain();
    expect(tablesNaming(h, runId)).toEqual(
      expect.arrayContaining([
        "runs",
        "stages",
        "steps",
        "attempts",
        "waits",
        "events",
        "blobRefs",
        "logs",
        "annotations",
        "idempotency",
      ]),
    );
    expect(await remove(h, runId)).toEqual({ deleted: true });
    expect(tablesNaming(h, runId)).toEqual(["audit"]);
    expect(h.persistence.dump().audit).toMatchObject([
      { runId, verb: "run.delete", actor: "ann", reason: "old" },
    ]);
    await expect(h.kernel.query.getRun(runId)).rejects.toMatchObject({ code: "E_RUN_UNKNOWN" });
    await expect(remove(h, runId)).rejects.toMatchObject({ code: "E_RUN_UNKNOWN" });
  });

  it("takes all dead letters with it, however many they are", async () => {
    const h = new Harness([echo]);
    const runId = await h.start("echo");
    await h.drain();
    const letter = (i: number): Write => ({
      op: "insert",
      table: "deadLetters",
      row: {
        id: `letter ${i}`,
        namespace: "default",
        kind: "event",
        version: 1,
        runId,
        stageId: null,
        mapIndex: null,
        generation: null,
        rev: i,
        reason: "refused",
        failure: null,
        body: null,
        createdAt: 0,
        resolvedAt: null,
        resolution: null,
        actor: null,
      },
    });
    const writes = Array.from({ length: 1_200 }, (_, i) => letter(i));
    const plan = { commitId: "letters", guards: [], events: [], intents: [], dispatch: [] };
    await h.persistence.commit({ ...plan, writes });
    await remove(h, runId);
    expect(tablesNaming(h, runId)).toEqual(["audit"]);
    expect(h.persistence.dump().deadLetters).toEqual([]);
  });

  it("takes nothing of another run with it", async () => {
    const h = new Harness([busy]);
    const [one, two] = [await h.start("busy"), await h.start("busy")];
    await h.drain();
    const before = await h.kernel.query.getTimeline(two);
    await remove(h, one);
    expect(await h.kernel.query.getTimeline(two)).toEqual(before);
    expect(h.persistence.dump().blobRefs.map((ref) => ref.runId)).toEqual([two]);
  });

  it("refuses a live run, and with force ends it first [118]", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await h.round();
    const before = h.persistence.dump();
    await expect(remove(h, runId)).rejects.toMatchObject({ code: "E_RUN_LIVE" });
    expect(h.persistence.dump()).toEqual(before);
    expect(await remove(h, runId, { force: true })).toEqual({ deleted: true });
    expect(tablesNaming(h, runId)).toEqual(["audit"]);
    expect(h.persistence.dump().audit.map((row) => row.verb)).toEqual([
      "run.terminate",
      "run.delete",
    ]);
    await h.drain();
    expect(runIds(h)).toEqual([]);
  });

  it("forgets the idempotency key: the next start is a new run", async () => {
    const h = new Harness([echo]);
    const key = { idempotencyKey: "k" };
    const first = await h.start("echo", 1, key);
    await h.drain();
    await remove(h, first);
    const again = { type: "run.create", workflowId: "echo", input: 2, ...key } as const;
    const made = await h.kernel.dispatch(again);
    expect(made.replayed).toBe(false);
    expect(made.workflowRunId).not.toBe(first);
  });

  it("makes a late job of the run a ghost that changes nothing [11]", async () => {
    const h = new Harness([echo]);
    const runId = await h.start("echo");
    await h.drain();
    await remove(h, runId);
    const session = await h.session();
    const before = h.persistence.dump();
    for (let i = 0; i < 3; i++) {
      const job = hintAt(runId);
      const executed = await h.kernel.dispatch({ type: "job.execute", session, job });
      expect(executed).toEqual({ outcome: "ghost", stages: 0, ghost: "unknown" });
    }
    expect(h.persistence.dump()).toEqual(before);
  });
});

describe("run.purge", () => {
  const purge = (h: Harness, more: object = {}) =>
    h.kernel.dispatch({ type: "run.purge", endedBefore: h.world.now, actor: "cron", ...more });

  /** Runs that ended a minute apart, oldest first, and one that is alive. */
  async function aged(h: Harness, count: number): Promise<{ ended: string[]; live: string }> {
    const live = await h.start("nap");
    const ended: string[] = [];
    for (let i = 0; i < count; i++) {
      const session = await h.session();
      ended.push(await h.start("echo", i, { idempotencyKey: `k${i}` }));
      const job = hintAt(ended.at(-1) as string);
      await h.world.until(h.kernel.dispatch({ type: "job.execute", session, job }));
      await h.world.advance(60_000);
    }
    return { ended, live };
  }

  it("removes what ended before the instant and nothing else [117]", async () => {
    const h = new Harness([echo, nap]);
    const { ended, live } = await aged(h, 4);
    const endedBefore = h.world.now - 2 * 60_000;
    const purged = await purge(h, { endedBefore });
    expect(purged).toEqual({ purged: 2, runIds: ended.slice(0, 2) });
    expect(runIds(h)).toEqual([live, ...ended.slice(2)].sort());
    for (const id of ended.slice(0, 2)) expect(tablesNaming(h, id)).toEqual(["audit"]);
    expect(h.persistence.dump().audit).toMatchObject([
      { verb: "run.purge", actor: "cron", runId: ended[0] },
      { verb: "run.purge", actor: "cron", runId: ended[1] },
    ]);
  });

  it("is bounded, oldest first, and goes on where it stopped [117]", async () => {
    const h = new Harness([echo, nap]);
    const { ended, live } = await aged(h, 5);
    const batches: (readonly string[])[] = [];
    for (let i = 0; i < 4; i++) batches.push((await purge(h, { limit: 2 })).runIds);
    expect(batches).toEqual([ended.slice(0, 2), ended.slice(2, 4), ended.slice(4), []]);
    expect(runIds(h)).toEqual([live]);
  });

  it("says with dryRun what it would remove, and removes nothing [117]", async () => {
    const h = new Harness([echo, nap]);
    const { ended } = await aged(h, 3);
    const before = h.persistence.dump();
    expect(await purge(h, { dryRun: true, limit: 2 })).toEqual({
      purged: 0,
      runIds: ended.slice(0, 2),
    });
    expect(h.persistence.dump()).toEqual(before);
  });

  it("never removes a live run, however old", async () => {
    const h = new Harness([nap]);
    const runId = await h.start("nap");
    await h.round();
    await h.kernel.dispatch({ type: "run.pause", workflowRunId: runId });
    await h.world.advance(365 * 86_400_000);
    expect(await purge(h)).toEqual({ purged: 0, runIds: [] });
  });

  it("by two processes at once removes each run once", async () => {
    const fleet = new Fleet([echo, nap]);
    const h = fleet.process();
    await aged(h, 6);
    const counts = await Promise.all([purge(h), purge(fleet.process())]);
    expect(counts[0].purged + counts[1].purged).toBe(6);
    const { audit } = h.persistence.dump();
    expect(new Set(audit.map((row) => row.runId)).size).toBe(audit.length);
  });

  it("leaves a run that was reopened since it was listed, and names it not", async () => {
    let broken = true;
    const fragile = fn(
      "fragile",
      async (ctx) => {
        if (broken) throw new Error("no");
        await ctx.sleep("nap", "1 hour");
      },
      { retry: { maxAttempts: 1 } },
    );
    const fleet = new Fleet([fragile]);
    const h = fleet.process();
    const runId = await h.start("fragile");
    await h.drain();
    await h.world.advance(60_000);
    broken = false;
    const slow = fleet.process({
      wrap: (persistence) => ({
        ...persistence,
        load: async (id, need) => {
          const [letter] = await h.kernel.dispatch({ type: "deadletter.list" });
          if (letter) await h.kernel.dispatch({ type: "deadletter.replay", id: letter.id });
          return persistence.load(id, need);
        },
      }),
    });
    expect(await purge(slow)).toEqual({ purged: 0, runIds: [] });
    expect(slow.logged).toEqual([]);
    expect((await h.kernel.query.getRun(runId)).status).toBe("running");
  });

  it("decides on each run as it is, not as it was listed", async () => {
    const fleet = new Fleet([echo, nap]);
    const h = fleet.process();
    const { ended } = await aged(h, 1);
    let raised = false;
    const slow = fleet.process({
      wrap: (persistence) => ({
        ...persistence,
        query: {
          ...persistence.query,
          find: async (find) => {
            const rows = await persistence.query.find(find);
            if (find.table !== "runs" || raised) return rows;
            raised = true;
            return rows.map((row) => ({ ...row, rev: 1 }));
          },
        },
      }),
    });
    expect(await purge(slow)).toEqual({ purged: 1, runIds: ended });
  });
});
