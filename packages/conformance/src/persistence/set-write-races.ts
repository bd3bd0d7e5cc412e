import type { CommitPlan, CommitResult, Persistence } from "@pawl/kernel/ports";
import { isOpenStage } from "@pawl/kernel/ports";
import { atOnce, barrierOf, tries } from "./barrier.ts";
import type { Bench, Cases } from "./bench.ts";
import { requestOf } from "./claim-requests.ts";
import {
  closeWaits,
  eventOf,
  insert,
  live,
  owned,
  planOf,
  rev,
  update,
  updateStages,
} from "./plans.ts";
import { commitUnlocked, handlesOf } from "./races.ts";

const ROUNDS = 10;

/** Set-wise writes against those who open, own or claim a row meanwhile. */
export const setRaceCases: Cases = (suite) => {
  openings(suite);
  owners(suite);
  claims(suite);
};

/** Decides at the rev it sees, again as long as the run moves on. */
async function strictly(
  persistence: Persistence,
  runId: string,
  part: Pick<CommitPlan, "writes" | "events">,
): Promise<CommitResult> {
  for (const _ of tries()) {
    const seen = await persistence.load(runId, {});
    const guards = [rev(seen?.run.rev ?? -1, runId)];
    const result = await commitUnlocked(persistence, planOf({ guards, ...part }));
    if (result.ok || result.why !== "rev") return result;
  }
  throw new Error("The run never stood still.");
}

const end = (runId: string): Pick<CommitPlan, "writes" | "events"> => ({
  writes: [
    update("runs", { id: runId }, { status: "cancelled" }),
    updateStages({
      runId,
      where: { status: ["blocked", "ready", "running", "suspended"] },
      set: { status: "cancelled" },
      raiseFence: true,
    }),
    closeWaits({ runId }),
  ],
  events: [eventOf({ runId, type: "run.cancelled" })],
});

const openings: Cases = ({ prove }) => {
  prove("COMMIT-3 nothing that opens at the same time outlives the end of all", async (bench) => {
    const handle = await handlesOf(bench);
    const parties = 6;
    for (let round = 0; round < ROUNDS; round += 1) {
      const runId = `run ${round}`;
      await bench.put(insert("runs", { id: runId }), insert("stages", { runId }));
      const barrier = barrierOf(parties + 1);
      const opened = atOnce(parties, async (i) => {
        await barrier();
        const row = { runId, stageId: `stage ${i}` };
        const writes = [insert("stages", { ...row, fence: 1 }), insert("waits", row)];
        const events = [eventOf({ runId })];
        const guards = [live(undefined, runId)];
        return commitUnlocked(handle(i), planOf({ guards, writes, events }));
      });
      const ended = barrier().then(() => strictly(handle(round), runId, end(runId)));
      const [results, last] = await Promise.all([opened, ended]);
      bench.expect(last).toMatchObject({ ok: true });
      const whys = results.map((result) => (result.ok ? "ok" : result.why));
      bench.expect(whys.filter((why) => why !== "ok" && why !== "terminal")).toEqual([]);
      await nothingOpen(bench, runId, whys.filter((why) => why === "ok").length);
    }
  });
};

async function nothingOpen(bench: Bench, runId: string, opened: number): Promise<void> {
  const stages = (await bench.rows("stages")).filter((row) => row.runId === runId);
  bench.expect(stages.filter(({ status }) => isOpenStage(status))).toEqual([]);
  bench.expect(stages.filter(({ fence }) => fence === 2).length).toBe(opened);
  const waits = (await bench.rows("waits")).filter((row) => row.runId === runId);
  bench.expect(waits.map(({ outcome }) => outcome)).toEqual(waits.map(() => "closed"));
  bench.expect(waits.length).toBe(opened);
}

const owners: Cases = ({ prove }) => {
  prove("COMMIT-3 nothing is recorded under a fence that all were raised from", async (bench) => {
    const handle = await handlesOf(bench);
    const parties = 6;
    for (let round = 0; round < ROUNDS; round += 1) {
      const runId = `run ${round}`;
      const keyOf = (mapIndex: number) => ({ runId, stageId: "stage", mapIndex, generation: 0 });
      const rows = Array.from({ length: parties }, (_, i) => keyOf(i));
      const running = { status: "running" } as const;
      await bench.put(insert("runs", { id: runId }));
      await bench.put(...rows.map((row) => insert("stages", { ...row, ...running })));
      const barrier = barrierOf(parties + 1);
      const recorded = atOnce(parties, async (i) => {
        await barrier();
        for (let seq = 1; seq <= 3; seq += 1) {
          const commitId = `${runId} ${i} ${seq}`;
          const writes = [insert("steps", { ...keyOf(i), key: commitId, seq, commitId })];
          const plan = planOf({ commitId, guards: [owned(0, { key: keyOf(i) })], writes });
          const result = await commitUnlocked(handle(i), plan);
          if (!result.ok) bench.expect(result.why).toBe("fence");
        }
      });
      const count = (): Promise<number> => bench.persistence.query.count("steps", { runId }, 100);
      const ended = barrier().then(async () => {
        await strictly(handle(round), runId, end(runId));
        return count();
      });
      const [seen] = await Promise.all([ended, recorded]);
      bench.expect(await count(), "nothing came after the end").toBe(seen);
    }
  });
};

const claims: Cases = ({ prove }) => {
  prove("CLAIM-7 nothing is claimed once all stages are held", async (bench) => {
    const handle = await handlesOf(bench);
    await bench.put(insert("workers"));
    const hold: Pick<CommitPlan, "writes" | "events"> = {
      writes: [updateStages({ where: { held: false }, set: { held: true, holdReason: "paused" } })],
      events: [eventOf({ type: "run.paused" })],
    };
    const stages = Array.from({ length: 12 }, (_, mapIndex) => insert("stages", { mapIndex }));
    await bench.put(insert("runs"), ...stages);
    const barrier = barrierOf(5);
    const claimed = atOnce(4, async (i) => {
      await barrier();
      const taken: number[] = [];
      for (let at = 0; at < 3; at += 1) {
        const some = await handle(i).claim(requestOf({ limit: 1 }));
        taken.push(...some.map(({ stage }) => stage.mapIndex));
      }
      return taken;
    });
    const held = barrier().then(async () => {
      const result = await strictly(handle(1), "run", hold);
      return { result, after: await handle(0).claim(requestOf({ limit: 12 })) };
    });
    const [taken, { result, after }] = await Promise.all([claimed, held]);
    bench.expect(result).toMatchObject({ ok: true });
    bench.expect(after).toEqual([]);
    const rows = await bench.rows("stages");
    bench.expect(rows.every((stage) => stage.held)).toBe(true);
    const running = rows.filter(({ status }) => status === "running");
    const indexes = (list: readonly number[]): readonly number[] => list.toSorted((a, b) => a - b);
    bench.expect(indexes(running.map(({ mapIndex }) => mapIndex))).toEqual(indexes(taken.flat()));
  });
};
