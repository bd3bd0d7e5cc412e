import { WorkflowBuilder } from "@pawl/kernel";
import type { ClaimedStage } from "@pawl/kernel/ports";
import { describe, expect } from "vitest";
import { fan, fn, nap, stage } from "../workflows.ts";
import { claimedRun, claimSome, counting, execute, verb, work } from "./acts.ts";
import { answerOf, type Party, type Raced, races } from "./race.ts";

const reapDead = ({ h }: Party, { session }: { readonly session: string }) =>
  h.kernel.dispatch({ type: "lease.reapStale", dead: [session] });

const claimedBy = async (party: Party, workflowId: string) => ({
  ...(await claimedRun(party, workflowId)),
  session: party.session.id,
});

const completes = async (race: Raced, runId: string): Promise<void> => {
  await race.drain();
  expect(race.dump().runs.find((run) => run.id === runId)?.status).toBe("completed");
};

interface Branches {
  readonly runId: string;
  readonly branches: readonly ClaimedStage[];
}

const branch =
  (i: number) =>
  (party: Party, { branches }: Branches): Promise<unknown> =>
    execute(party, branches[i]!);

describe("who owns a stage, when several want it", () => {
  races("claims of one stage by three", {
    workflows: () => [counting()],
    before: async ([party]) => ({ runId: await party!.h.start("counting") }),
    parties: [(party) => claimSome(party), (party) => claimSome(party), work],
    after: (race) => {
      const counts = race.endings.map((one) => (answerOf(one) as unknown as []).length);
      expect(counts.toSorted()).toEqual([0, 0, 1]);
      expect(race.dump().stages).toMatchObject([{ fence: 1 }]);
    },
  });

  races("the reaper and a heartbeat of a session that is thought dead", {
    workflows: () => [counting()],
    before: ([party]) => claimedBy(party!, "counting"),
    parties: [({ h, session }) => h.kernel.dispatch({ type: "worker.beat", session }), reapDead],
    after: async (race, { runId }) => {
      const [stage] = race.dump().stages;
      const reaped = answerOf(race.endings[1]).stages === 1;
      expect(stage).toMatchObject(reaped ? { status: "ready", fence: 2 } : { status: "running" });
      const worker = race.dump().workers.find(({ id }) => id === race.parties[0]!.session.id);
      expect(worker?.status === "gone").toBe(answerOf(race.endings[1]).sessions === 1);
      if (reaped) await completes(race, runId);
    },
  });

  races("the reaper and a step's record", {
    workflows: () => [counting()],
    before: ([party]) => claimedBy(party!, "counting"),
    parties: [(party, { claimed }) => execute(party, claimed), reapDead],
    after: async (race, { runId }) => {
      const fences = race.dump().steps.map(({ fence }) => fence);
      expect(fences.every((fence) => fence === 1)).toBe(true);
      await completes(race, runId);
      expect(race.dump().steps.map(({ key }) => key)).toEqual(["one", "two"]);
    },
  });

  races("the reaper and a stage's end", {
    workflows: () => [fn("plain", async () => "ended")],
    before: ([party]) => claimedBy(party!, "plain"),
    parties: [(party, { claimed }) => execute(party, claimed), reapDead],
    after: async (race, { runId }) => {
      const reaped = answerOf(race.endings[1]).stages === 1;
      expect(answerOf(race.endings[0]).outcome).toBe(reaped ? "busy" : "completed");
      await completes(race, runId);
      const ends = race.dump().events.filter(({ type }) => type === "stage.completed");
      expect(ends).toHaveLength(1);
    },
  });

  races("two reapers and a suspension", {
    workflows: () => [nap],
    before: ([party]) => claimedBy(party!, "nap"),
    parties: [(party, { claimed }) => execute(party, claimed), reapDead, reapDead],
    after: async (race, { runId }) => {
      const reaped = [1, 2].map((i) => Number(answerOf(race.endings[i]).stages));
      expect(reaped[0]! + reaped[1]!).toBeLessThanOrEqual(1);
      expect(race.dump().attempts).toHaveLength(reaped[0]! + reaped[1]!);
      await completes(race, runId);
    },
  });

  races("a worker that registers again and the reaper of its old session", {
    workflows: () => [counting()],
    before: ([party]) => claimedBy(party!, "counting"),
    parties: [
      async ({ h }) => {
        const registration = { workerId: "w", host: "h", pid: 2, leaseTtlMs: 60_000 };
        const session = await h.kernel.dispatch({ type: "worker.register", ...registration });
        return work({ h, session });
      },
      reapDead,
    ],
    after: async (race, { runId }) => {
      expect(answerOf(race.endings[1])).toMatchObject({ sessions: 1, stages: 1 });
      await completes(race, runId);
      expect(race.dump().steps).toHaveLength(2);
    },
  });

  races("drain and a claim", {
    workflows: () => [counting()],
    before: async ([party]) => {
      const runId = await party!.h.start("counting");
      return { runId, session: party!.session };
    },
    parties: [work, ({ h }, { session }) => h.kernel.dispatch({ type: "worker.drain", session })],
    after: (race, { runId }) => completes(race, runId),
  });

  races("deregistration and a claim of the same session", {
    workflows: () => [counting()],
    before: async ([party]) => ({ runId: await party!.h.start("counting") }),
    parties: [
      (party) => Promise.all([work(party), deregister(party)]),
      (party) => claimSome(party, 0),
    ],
    after: async (race, { runId }) => {
      const { stages, workers } = race.dump();
      const gone = workers.filter(({ status }) => status === "gone").map(({ id }) => id);
      expect(stages.filter(({ session }) => gone.includes(session ?? ""))).toEqual([]);
      await completes(race, runId);
      expect(race.dump().steps).toHaveLength(2);
    },
  });

  races("two branches that reach their join", {
    workflows: () => [fan(2)],
    before: async ([one, other]) => {
      const runId = await one!.h.start("fan");
      await one!.h.round();
      const [first] = await claimSome(one!, 1);
      const [second] = await claimSome(other!, 1);
      return { runId, branches: [first!, second!] };
    },
    parties: [branch(0), branch(1)],
    after: async (race, { runId }) => {
      const join = race.dump().stages.find(({ stageId }) => stageId === "join");
      expect(join).toMatchObject({ status: "ready", joinPending: 0 });
      await completes(race, runId);
      const ends = race.dump().events.filter(({ type }) => type === "stage.completed");
      expect(ends).toHaveLength(4);
    },
  });

  races("three branches that reach their join, one by failing", {
    workflows: () => [
      new WorkflowBuilder("mixed")
        .parallel([
          stage("ok"),
          stage("dead", () => Promise.reject(new Error("no")), { onFailure: "stopBranch" }),
          stage("passed", () => Promise.reject(new Error("no")), { onFailure: "continue" }),
        ])
        .pipe(stage("join"))
        .build(),
    ],
    before: async (parties) => {
      const runId = await parties[0]!.h.start("mixed");
      const branches: ClaimedStage[] = [];
      for (const party of parties) branches.push((await claimSome(party, 1))[0]!);
      return { runId, branches };
    },
    parties: [branch(0), branch(1), branch(2)],
    after: async (race, { runId }) => {
      const join = race.dump().stages.find(({ stageId }) => stageId === "join");
      expect(join?.status).toBe("ready");
      await completes(race, runId);
    },
  });

  races("the last branch of a join and cancel", {
    workflows: () => [fan(2)],
    before: async ([party]) => {
      const runId = await party!.h.start("fan");
      await party!.h.round();
      const [first, last] = await claimSome(party!);
      await execute(party!, first!);
      return { runId, claimed: last! };
    },
    parties: [
      (party, { claimed }) => execute(party, claimed),
      verb("run.cancel"),
      verb("run.transition"),
    ],
    after: async (race, { runId }) => {
      expect(answerOf(race.endings[1]).changed).toBe(true);
      await race.drain();
      expect(race.dump().runs.find(({ id }) => id === runId)?.status).toBe("cancelled");
    },
  });
});

const deregister = ({ h, session }: Party) =>
  h.kernel.dispatch({ type: "worker.deregister", session });
