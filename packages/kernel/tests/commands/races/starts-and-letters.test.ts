import { describe, expect } from "vitest";
import { tablesNaming } from "../fleet.ts";
import { echo, fn } from "../workflows.ts";
import { claimedRun, counting, execute, verb, work } from "./acts.ts";
import { answerOf, codeOf, type Party, type Raced, races } from "./race.ts";

const start =
  (input: unknown) =>
  ({ h }: Party): Promise<unknown> =>
    h.kernel.dispatch({ type: "run.create", workflowId: "echo", idempotencyKey: "k", input });

const fragile = () => fn("fragile", () => Promise.reject(new Error("broken")));

interface Failed {
  readonly runId: string;
  readonly letter: string;
}

const replay = ({ h }: Party, { letter }: Failed): Promise<unknown> =>
  h.kernel.dispatch({ type: "deadletter.replay", id: letter });

const remove =
  (force: boolean) =>
  ({ h }: Party, { runId }: { readonly runId: string }): Promise<unknown> =>
    h.kernel.dispatch({ type: "run.delete", workflowRunId: runId, force });

async function failedRun(party: Party): Promise<Failed> {
  const runId = await party.h.start("fragile");
  await party.h.drain();
  const [letter] = await party.h.kernel.dispatch({ type: "deadletter.list" });
  await party.h.world.advance(1);
  return { runId, letter: letter!.id };
}

const runIn = ({ dump }: Raced, runId: string) => dump().runs.find(({ id }) => id === runId);

/** All of the run is there, or nothing but what tells that it was. */
function wholeOrGone(race: Raced, runId: string): void {
  if (runIn(race, runId)) return;
  const left = tablesNaming(race.parties[0]!.h, runId);
  expect(left.filter((table) => table !== "audit")).toEqual([]);
}

describe("starts of one key", () => {
  races("three with the same input make one run", {
    workflows: () => [echo],
    before: async () => ({}),
    parties: [start(1), start(1), start(1)],
    after: (race) => {
      const ids = race.endings.map((one) => answerOf(one).workflowRunId);
      expect(new Set(ids).size).toBe(1);
      expect(race.endings.filter((one) => answerOf(one).replayed === false)).toHaveLength(1);
      expect(race.dump().runs).toHaveLength(1);
    },
  });

  races("two with different inputs make one run and one error", {
    workflows: () => [echo],
    before: async () => ({}),
    parties: [start(1), start(2)],
    after: (race) => {
      expect(race.endings.map(codeOf).toSorted()).toEqual(["E_IDEMPOTENCY_CONFLICT", undefined]);
      expect(race.dump().runs).toHaveLength(1);
    },
  });

  races("a start and the deletion of the run that has its key", {
    workflows: () => [echo],
    before: async ([party]) => {
      const { workflowRunId } = (await start(1)(party!)) as { workflowRunId: string };
      await party!.h.drain();
      return { runId: workflowRunId };
    },
    parties: [start(1), remove(false)],
    after: (race, { runId }) => {
      const { runs, idempotency } = race.dump();
      const code = codeOf(race.endings[0]);
      expect(code === undefined || code === "E_CONFLICT").toBe(true);
      expect(runs.map(({ id }) => id)).toEqual(idempotency.map((row) => row.runId));
      wholeOrGone(race, runId);
    },
  });
});

describe("what removes a run, at the same time as what goes on with it", () => {
  races("deletion by force and an execution", {
    workflows: () => [counting()],
    before: ([party]) => claimedRun(party!, "counting"),
    parties: [(party, { claimed }) => execute(party, claimed), remove(true)],
    after: async (race, { runId }) => {
      const code = codeOf(race.endings[1]);
      expect(code === undefined || code === "E_RUN_TERMINAL").toBe(true);
      expect(runIn(race, runId) === undefined).toBe(code === undefined);
      wholeOrGone(race, runId);
      await race.drain();
      wholeOrGone(race, runId);
    },
  });

  races("deletion and the replay of its dead letter", {
    workflows: () => [fragile()],
    before: ([party]) => failedRun(party!),
    parties: [replay, remove(false)],
    after: (race, { runId }) => {
      const replayed = answerOf(race.endings[0]).replayed === true;
      expect(runIn(race, runId)?.status).toBe(replayed ? "running" : undefined);
      expect(codeOf(race.endings[1])).toBe(replayed ? "E_RUN_LIVE" : undefined);
      wholeOrGone(race, runId);
    },
  });

  races("purge and the replay of a dead letter", {
    workflows: () => [fragile()],
    before: ([party]) => failedRun(party!),
    parties: [
      replay,
      ({ h }) => h.kernel.dispatch({ type: "run.purge", endedBefore: h.world.now }),
    ],
    after: (race, { runId }) => {
      const replayed = answerOf(race.endings[0]).replayed === true;
      expect(answerOf(race.endings[1]).purged).toBe(replayed ? 0 : 1);
      expect(runIn(race, runId)?.status).toBe(replayed ? "running" : undefined);
      wholeOrGone(race, runId);
    },
  });
});

describe("replays of one dead letter", () => {
  races("two and a discard: one of them resolves it", {
    workflows: () => [fragile()],
    before: ([party]) => failedRun(party!),
    parties: [
      replay,
      replay,
      ({ h }, { letter }) => h.kernel.dispatch({ type: "deadletter.discard", id: letter }),
    ],
    after: (race, { runId }) => {
      const [one, other, discard] = race.endings.map(answerOf);
      const done = [one?.replayed, other?.replayed, discard?.discarded];
      expect(done.filter((did) => did === true)).toHaveLength(1);
      expect(race.dump().audit.filter(({ verb }) => verb !== "start")).toHaveLength(1);
      const reopened = discard?.discarded !== true;
      expect(runIn(race, runId)).toMatchObject({
        status: reopened ? "running" : "failed",
        reopenCount: reopened ? 1 : 0,
      });
    },
  });

  races("a replay, a cancel and a worker", {
    workflows: () => [fragile()],
    before: ([party]) => failedRun(party!),
    parties: [replay, verb("run.cancel"), work],
    after: async (race, { runId }) => {
      expect(answerOf(race.endings[0]).replayed).toBe(true);
      const cancelled = codeOf(race.endings[1]) === undefined;
      await race.drain();
      expect(runIn(race, runId)).toMatchObject({
        status: cancelled ? "cancelled" : "failed",
        reopenCount: 1,
      });
    },
  });
});

describe("deliveries", () => {
  races("two that flush at once leave nothing out and step back for nothing", {
    workflows: () => [echo],
    options: { eventSink: { emit: async () => {} } },
    before: async ([party]) => {
      const runId = await party!.h.start("echo", 1);
      return { runId };
    },
    parties: [
      ({ h }) => h.kernel.dispatch({ type: "outbox.flush" }),
      ({ h }) => h.kernel.dispatch({ type: "outbox.flush" }),
      work,
    ],
    after: async (race, { runId }) => {
      const before = runIn(race, runId);
      expect(before?.sinkRev).toBeLessThanOrEqual(before?.rev ?? 0);
      await race.parties[0]!.h.kernel.dispatch({ type: "outbox.flush" });
      const run = runIn(race, runId);
      expect(run?.sinkRev).toBe(run?.rev);
      expect(race.dump().deadLetters).toEqual([]);
    },
  });
});
