import { CorruptRowError, WorkflowBuilder } from "@pawl/kernel";
import type { CommitPlan, StageRow, Write } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { Fleet, register } from "./fleet.ts";
import { echo, stage } from "./workflows.ts";

const DAY_MS = 86_400_000;
const thorough = (h: Harness, more: object = {}) => h.kernel.maintain({ thorough: true, ...more });

let plans = 0;
const write = async (h: Harness, writes: readonly Write[]): Promise<void> => {
  const commitId = `rows-${++plans}`;
  const plan: CommitPlan = { commitId, guards: [], writes, events: [], intents: [], dispatch: [] };
  expect(await h.persistence.commit(plan)).toMatchObject({ ok: true });
};

describe("evidence that nobody needs any more", () => {
  const evidence = (h: Harness, count: number) =>
    write(
      h,
      Array.from({ length: count }, (_, i) => ({
        op: "insert",
        table: "commits",
        row: { commitId: `commit-${plans}-${i}`, at: h.world.now },
      })),
    );
  const commitsOf = (h: Harness) => h.persistence.dump().commits;

  it("is deleted after a day, not before: rows of commits", async () => {
    const h = new Harness([echo]);
    await evidence(h, 100);
    await h.world.advance(DAY_MS / 2);
    await evidence(h, 50);
    await h.world.advance(DAY_MS / 2 - 1);
    await thorough(h);
    expect(commitsOf(h)).toHaveLength(152);
    await h.world.advance(1);
    await h.kernel.maintain();
    expect(commitsOf(h)).toHaveLength(152);
    await thorough(h);
    const young = commitsOf(h).filter(({ commitId }) => commitId.startsWith("commit-"));
    expect(young).toHaveLength(50);
    expect(commitsOf(h)).toHaveLength(52);
  });

  it("is deleted by bounded plans, many in one round, and goes on in the next", async () => {
    const sizes: number[] = [];
    const h = new Harness([echo], {
      limits: { sweepRows: 40 },
      wrap: (persistence) => ({
        ...persistence,
        commit: (plan) => {
          sizes.push(plan.writes.length);
          return persistence.commit(plan);
        },
      }),
    });
    await evidence(h, 500);
    await h.world.advance(DAY_MS);
    await thorough(h);
    expect(sizes).toEqual(Array(10).fill(40));
    await thorough(h);
    expect(sizes.slice(10)).toEqual([40, 40]);
  });

  it("does not keep itself alive: deleting it ends", async () => {
    const h = new Harness([echo]);
    await evidence(h, 100);
    for (let day = 0; day < 5; day++) {
      await h.world.advance(DAY_MS);
      for (let i = 0; i < 3; i++) await thorough(h);
    }
    expect(commitsOf(h).length).toBeLessThan(5);
  });

  it("is deleted after a day: sessions that are gone, and no others", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    const other = fleet.process({ namespace: "other" });
    for (let i = 0; i < 40; i++) {
      const session = await register(h);
      await h.kernel.dispatch({ type: "worker.deregister", session });
    }
    const kept = await register(h, { leaseTtlMs: 10 * DAY_MS });
    const foreign = await register(other);
    await other.kernel.dispatch({ type: "worker.deregister", session: foreign });
    await h.world.advance(DAY_MS);
    await thorough(h);
    expect(h.persistence.dump().workers).toHaveLength(42);
    await h.world.advance(1);
    await thorough(h);
    const left = h.persistence.dump().workers.map(({ id }) => id);
    expect(left.toSorted()).toEqual([kept.id, foreign.id].toSorted());
  });
});

describe("runs that only code moves", () => {
  const joined = (id: string) =>
    new WorkflowBuilder(id)
      .parallel([stage("a"), stage("b")])
      .pipe(stage("join"))
      .build();

  /** A join whose branches are done and that nobody has made ready. */
  async function leaveBehind(h: Harness, id: string): Promise<string> {
    const runId = await h.start(id);
    await h.round();
    const join = h.persistence
      .dump()
      .stages.find((row): row is StageRow => row.runId === runId && row.stageId === "join");
    expect(join).toMatchObject({ status: "ready" });
    const key = { runId, stageId: "join", mapIndex: 0, generation: 0 };
    await write(h, [
      { op: "update", table: "stages", key, set: { status: "blocked", joinPending: 0 } },
    ]);
    return runId;
  }

  it("and whose code is elsewhere are not looked at, and hide no others", async () => {
    const fleet = new Fleet([joined("foreign"), joined("own")]);
    const both = fleet.process();
    const foreign: string[] = [];
    for (let i = 0; i < 4; i++) foreign.push(await leaveBehind(both, "foreign"));
    const own = await leaveBehind(both, "own");
    const loads: string[] = [];
    const h = fleet.process(
      {
        limits: { sweepRows: 3 },
        wrap: (persistence) => ({
          ...persistence,
          load: (runId, need) => {
            loads.push(runId);
            return persistence.load(runId, need);
          },
        }),
      },
      [joined("own")],
    );
    expect(await h.kernel.maintain()).toMatchObject({ suspendedChecked: 1 });
    expect(loads).toEqual([own]);
    const statusOf = (runId: string) =>
      h.persistence.dump().stages.find((row) => row.runId === runId && row.stageId === "join")
        ?.status;
    expect(statusOf(own)).toBe("ready");
    expect(foreign.map(statusOf)).toEqual(Array(4).fill("blocked"));
    expect(await both.kernel.maintain()).toMatchObject({ suspendedChecked: 4 });
  });

  it("and can't be moved hide no others, and go on once they can", async () => {
    const fleet = new Fleet([joined("own")]);
    const before = fleet.process();
    const damaged: string[] = [];
    for (let i = 0; i < 4; i++) {
      damaged.push(await leaveBehind(before, "own"));
      await fleet.world.advance(1);
    }
    const healthy = [await leaveBehind(before, "own"), await leaveBehind(before, "own")];
    let mended = false;
    const h = fleet.process({
      limits: { sweepRows: 2 },
      wrap: (persistence) => ({
        ...persistence,
        load: (runId, need) =>
          damaged.includes(runId) && !mended
            ? Promise.reject(new CorruptRowError("the row is not what the engine wrote"))
            : persistence.load(runId, need),
      }),
    });
    const isReady = (runId: string) =>
      h.persistence
        .dump()
        .stages.some(
          (row) => row.runId === runId && row.stageId === "join" && row.status === "ready",
        );
    for (let i = 0; i < 3; i++) await h.kernel.maintain({ suspendedChecksMax: 2 });
    expect(healthy.map(isReady)).toEqual([true, true]);
    const tried = h.logged.map(({ facts }) => (facts.item as { runId: string }).runId);
    expect(tried).toEqual(damaged);
    mended = true;
    for (let i = 0; i < 2; i++) await h.kernel.maintain({ suspendedChecksMax: 2 });
    expect(damaged.map(isReady)).toEqual([true, true, true, true]);
  });
});
