import { describe, expect } from "vitest";
import { fan, fn, nap } from "../workflows.ts";
import { claimedRun, claimSome, counting, execute, verb, work } from "./acts.ts";
import { answerOf, codeOf, type Raced, races } from "./race.ts";

const HOUR_MS = 3_600_000;

const statusIn = ({ dump }: Raced, runId: string): string | undefined =>
  dump().runs.find((run) => run.id === runId)?.status;

const kindsOf = ({ dump }: Raced): readonly string[] =>
  dump()
    .events.toSorted((a, b) => a.rev - b.rev)
    .map(({ type }) => type);

describe("what controls a run, at the same time as what it does", () => {
  races("cancel and a step's record", {
    workflows: () => [counting()],
    before: ([party]) => claimedRun(party!, "counting"),
    parties: [(party, { claimed }) => execute(party, claimed), verb("run.cancel")],
    after: async (race, { runId }) => {
      const cancelled = answerOf(race.endings[1]).changed === true;
      expect(statusIn(race, runId)).toBe(cancelled ? "cancelled" : "completed");
      expect(codeOf(race.endings[1])).toBe(cancelled ? undefined : "E_RUN_TERMINAL");
      const { steps } = race.dump();
      await race.drain();
      expect(race.dump().steps).toEqual(steps);
    },
  });

  races("cancel and a stage's end", {
    workflows: () => [fn("plain", async () => "ended")],
    before: ([party]) => claimedRun(party!, "plain"),
    parties: [(party, { claimed }) => execute(party, claimed), verb("run.cancel")],
    after: (race, { runId }) => {
      const cancelled = answerOf(race.endings[1]).changed === true;
      expect(statusIn(race, runId)).toBe(cancelled ? "cancelled" : "completed");
      expect(answerOf(race.endings[0]).outcome).toBe(cancelled ? "busy" : "completed");
      expect(kindsOf(race).filter((kind) => kind === "stage.completed")).toHaveLength(
        cancelled ? 0 : 1,
      );
    },
  });

  races("two cancels and a pause", {
    workflows: () => [nap],
    before: async ([party]) => ({ runId: await party!.h.start("nap") }),
    parties: [verb("run.cancel"), verb("run.pause"), verb("run.cancel")],
    after: (race, { runId }) => {
      expect(statusIn(race, runId)).toBe("cancelled");
      const changed = [race.endings[0], race.endings[2]].map((one) => answerOf(one).changed);
      expect(changed.toSorted()).toEqual([false, true]);
      expect(kindsOf(race).filter((kind) => kind === "run.cancelled")).toHaveLength(1);
    },
  });

  races("pause and a claim", {
    workflows: () => [counting()],
    before: async ([party]) => ({ runId: await party!.h.start("counting") }),
    parties: [work, verb("run.pause")],
    after: async (race, { runId }) => {
      const paused = answerOf(race.endings[1]).changed === true;
      const status = statusIn(race, runId);
      expect(["paused", "completed"]).toContain(status);
      expect(paused || codeOf(race.endings[1]) === "E_RUN_TERMINAL").toBe(true);
      if (status === "paused") {
        expect(race.dump().stages).toMatchObject([{ held: true, session: null }]);
        await verb("run.resume")(race.parties[1]!, { runId });
      }
      await race.drain();
      expect(statusIn(race, runId)).toBe("completed");
      expect(race.dump().steps).toHaveLength(2);
    },
  });

  races("pause and a suspension", {
    workflows: () => [nap],
    before: ([party]) => claimedRun(party!, "nap"),
    parties: [(party, { claimed }) => execute(party, claimed), verb("run.pause")],
    after: async (race, { runId }) => {
      expect(race.dump().stages).toMatchObject([{ held: true, holdReason: "paused" }]);
      await race.fleet.world.advance(HOUR_MS);
      expect(await claimSome(race.parties[0]!)).toEqual([]);
      await verb("run.resume")(race.parties[1]!, { runId });
      await race.drain();
      expect(statusIn(race, runId)).toBe("completed");
    },
  });

  races("resume and a timer that is due", {
    workflows: () => [nap],
    before: async ([party]) => {
      const { runId, claimed } = await claimedRun(party!, "nap");
      await execute(party!, claimed);
      await verb("run.pause")(party!, { runId });
      await party!.h.world.advance(HOUR_MS);
      return { runId };
    },
    parties: [work, verb("run.resume"), work],
    after: async (race, { runId }) => {
      await race.drain();
      expect(statusIn(race, runId)).toBe("completed");
      expect(race.dump().waits).toMatchObject([{ outcome: "fired", seq: 1 }]);
    },
  });

  races("pause, resume and a step's record", {
    workflows: () => [counting()],
    before: ([party]) => claimedRun(party!, "counting"),
    parties: [
      (party, { claimed }) => execute(party, claimed),
      verb("run.pause"),
      verb("run.resume"),
    ],
    after: async (race, { runId }) => {
      if (statusIn(race, runId) === "paused") await verb("run.resume")(race.parties[1]!, { runId });
      await race.drain();
      expect(statusIn(race, runId)).toBe("completed");
      expect(race.dump().steps.map(({ key }) => key)).toEqual(["one", "two"]);
    },
  });

  races("terminate and the end of the last branch", {
    workflows: () => [fan(2)],
    before: async ([party]) => {
      const runId = await party!.h.start("fan");
      await party!.h.round();
      const [first, last] = await claimSome(party!);
      await execute(party!, first!);
      return { runId, claimed: last! };
    },
    parties: [(party, { claimed }) => execute(party, claimed), verb("run.terminate")],
    after: async (race, { runId }) => {
      expect(answerOf(race.endings[1])).toMatchObject({ changed: true, status: "cancelled" });
      await race.drain();
      expect(statusIn(race, runId)).toBe("cancelled");
    },
  });

  races("the run's time limit and its end", {
    workflows: () => [fn("brief", async () => "done", { runTimeout: 1_000 })],
    before: async ([party]) => {
      const facts = await claimedRun(party!, "brief");
      await party!.h.world.advance(1_000);
      return facts;
    },
    parties: [
      (party, { claimed }) => execute(party, claimed),
      ({ h }) => h.kernel.dispatch({ type: "stage.pollSuspended" }),
    ],
    after: (race, { runId }) => {
      const expired = answerOf(race.endings[1]).checked === 1;
      expect(statusIn(race, runId)).toBe(expired ? "failed" : "completed");
      expect(answerOf(race.endings[0]).outcome).toBe(expired ? "busy" : "completed");
    },
  });

  races("claimPending and cancel", {
    workflows: () => [counting()],
    before: async ([party]) => {
      const { h } = party!;
      const runId = await h.start("counting", undefined, { startAt: h.world.now + 1_000 });
      await h.world.advance(1_000);
      return { runId };
    },
    parties: [
      ({ h }) => h.kernel.dispatch({ type: "run.claimPending" }),
      verb("run.cancel"),
      ({ h }) => h.kernel.dispatch({ type: "run.claimPending" }),
    ],
    after: (race, { runId }) => {
      expect(statusIn(race, runId)).toBe("cancelled");
      const claimed = [0, 2].map((i) => Number(answerOf(race.endings[i]).claimed));
      expect(claimed[0]! + claimed[1]!).toBeLessThanOrEqual(1);
      expect(kindsOf(race).filter((kind) => kind === "run.started")).toHaveLength(
        claimed[0]! + claimed[1]!,
      );
    },
  });
});
