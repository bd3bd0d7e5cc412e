import { defineWorkflow } from "@pawl/kernel";
import { isOpenStage } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { after, begin, claim, eventTypes, Fleet, Gate, register } from "./fleet.ts";
import { echo, fan, fn, gated, nap } from "./workflows.ts";

const VERBS = ["run.cancel", "run.terminate"] as const;
type Verb = (typeof VERBS)[number];
const HOUR_MS = 3_600_000;

const give = (h: Harness, type: Verb, workflowRunId: string, more: object = {}) =>
  h.kernel.dispatch({ type, workflowRunId, actor: "ann", reason: "a typo", ...more });

/** Fails at first and then asks for an hour. */
const retrying = (where: "stage" | "step", bodies: string[] = []) => {
  const retry = { maxAttempts: 5, initialDelay: "1 hour", maxDelay: "1 hour", jitter: 0 };
  const body = (): never => {
    bodies.push(where);
    throw new Error("not yet");
  };
  return where === "stage"
    ? fn("retrying", async () => body(), { retry })
    : fn("retrying", (ctx) => ctx.step("s", body, { retry }));
};

/** For each state in which a run can be cancelled: how it gets there. */
const STATES: readonly [string, () => Promise<{ h: Harness; runId: string }>][] = [
  [
    "pending",
    async () => {
      const h = new Harness([echo]);
      return { h, runId: await h.start("echo", 1, { startAt: h.world.now + HOUR_MS }) };
    },
  ],
  ["ready", () => started(new Harness([echo]), "echo", 0)],
  [
    "running",
    async () => {
      const at = await started(new Harness([nap]), "nap", 0);
      await claim(at.h, await register(at.h));
      return at;
    },
  ],
  ["sleeping", () => started(new Harness([nap]), "nap", 1)],
  ["waiting for a stage's retry", () => started(new Harness([retrying("stage")]), "retrying", 1)],
  ["waiting for a step's retry", () => started(new Harness([retrying("step")]), "retrying", 1)],
  ["with a blocked join", () => started(new Harness([fan(3)]), "fan", 1)],
  [
    "paused",
    async () => {
      const at = await started(new Harness([nap]), "nap", 1);
      await at.h.kernel.dispatch({ type: "run.pause", workflowRunId: at.runId });
      return at;
    },
  ],
];

async function started(h: Harness, workflowId: string, rounds: number) {
  const runId = await h.start(workflowId);
  for (let i = 0; i < rounds; i++) await h.round();
  return { h, runId };
}

describe.each(VERBS)("%s", (verb) => {
  describe.each(STATES)("of a run that is %s", (_state, reach) => {
    it("ends it for good, with actor and reason [89] [90]", async () => {
      const { h, runId } = await reach();
      const open = h.persistence.dump().stages.filter(({ status }) => isOpenStage(status));
      expect(await give(h, verb, runId)).toEqual({
        workflowRunId: runId,
        status: "cancelled",
        changed: true,
      });
      expect(await h.kernel.query.getRun(runId)).toMatchObject({
        status: "cancelled",
        actor: "ann",
        reason: "a typo",
        endedAt: h.world.now,
      });
      const { stages, waits, audit, events } = h.persistence.dump();
      expect(stages.filter(({ status }) => isOpenStage(status))).toEqual([]);
      expect(waits.filter(({ outcome }) => outcome === null)).toEqual([]);
      for (const was of open) {
        const is = stages.find(({ stageId }) => stageId === was.stageId);
        expect(is).toMatchObject({ status: "cancelled", fence: was.fence + 1, wakeAt: null });
        expect(is?.session).toBeNull();
      }
      expect(audit).toContainEqual(
        expect.objectContaining({ runId, verb, actor: "ann", reason: "a typo" }),
      );
      const event = events.find(({ type }) => type === "run.cancelled");
      expect(event).toMatchObject({ actor: "ann", data: { reason: "a typo" } });
    });

    it("changes nothing the second time, whoever asks [89]", async () => {
      const { h, runId } = await reach();
      await give(h, verb, runId);
      const before = h.persistence.dump();
      for (const again of VERBS) {
        const answer = await give(h, again, runId, { actor: "bob" });
        expect(answer).toMatchObject({ status: "cancelled", changed: false });
      }
      expect(h.persistence.dump()).toEqual(before);
    });

    it("leaves nothing that time could wake [24 of other engines]", async () => {
      const { h, runId } = await reach();
      await give(h, verb, runId);
      const before = (await h.kernel.query.getRun(runId)).rev;
      await h.world.advance(48 * HOUR_MS);
      await h.kernel.maintain();
      expect(await claim(h, await register(h))).toEqual([]);
      await h.drain();
      expect(await h.kernel.query.getRun(runId)).toMatchObject({
        status: "cancelled",
        rev: before,
      });
    });
  });

  it("of a run that has ended is refused and changes nothing [25 of other engines]", async () => {
    const broken = fn("broken", async () => Promise.reject(new Error("no")));
    const h = new Harness([echo, broken]);
    const ids = [await h.start("echo"), await h.start("broken")];
    await h.drain();
    const before = h.persistence.dump();
    for (const id of ids) {
      await expect(give(h, verb, id)).rejects.toMatchObject({ code: "E_RUN_TERMINAL" });
    }
    expect(h.persistence.dump()).toEqual(before);
  });

  it("never overwrites an end that comes between its reading and its writing", async () => {
    const fleet = new Fleet([echo]);
    const worker = fleet.process();
    const runId = await worker.start("echo", 7);
    let ended = false;
    const meanwhile = after("load", async () => {
      if (!ended) await worker.round();
      ended = true;
    });
    const h = fleet.process({ wrap: meanwhile });
    await expect(give(h, verb, runId)).rejects.toMatchObject({ code: "E_RUN_TERMINAL" });
    expect(await h.kernel.query.getRun(runId)).toMatchObject({ status: "completed", output: 7 });
    expect(eventTypes(h, runId)).not.toContain("run.cancelled");
  });

  it("fences what another process still executes: nothing of it is recorded [I34]", async () => {
    const gate = new Gate();
    const fleet = new Fleet([gated(gate)]);
    const worker = fleet.process();
    const runId = await worker.start("gated");
    const { ends } = await begin(worker, await register(worker));
    const other = fleet.process();
    await give(other, verb, runId);
    const before = other.persistence.dump();
    gate.open();
    expect(await fleet.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
    expect(other.persistence.dump()).toEqual(before);
  });

  it("reaches a step in the same process at once by its abort signal [89]", async () => {
    let signal: AbortSignal | undefined;
    const waits = fn("waits", (ctx) =>
      ctx.step("s", (step) => {
        signal = step.abortSignal as AbortSignal;
        return new Promise(() => {});
      }),
    );
    const h = new Harness([waits]);
    const runId = await h.start("waits");
    const { ends } = await begin(h, await register(h));
    expect(signal?.aborted).toBe(false);
    await give(h, verb, runId);
    expect(signal?.aborted).toBe(true);
    expect(await h.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
  });

  it("reaches another process with its next heartbeat [89]", async () => {
    let signal: AbortSignal | undefined;
    const waits = defineWorkflow({
      id: "waits",
      run: (ctx) => {
        signal = ctx.abortSignal as AbortSignal;
        return ctx.step("s", () => new Promise(() => {}));
      },
    });
    const fleet = new Fleet([waits]);
    const worker = fleet.process();
    const runId = await worker.start("waits");
    const session = await register(worker);
    const { ends } = await begin(worker, session);
    await give(fleet.process(), verb, runId);
    expect(signal?.aborted).toBe(false);
    const beat = await worker.kernel.dispatch({ type: "worker.beat", session });
    expect(beat).toEqual({ alive: true, draining: false });
    expect(signal?.aborted).toBe(true);
    expect(await fleet.world.until(ends)).toMatchObject([{ outcome: "busy" }]);
  });
});

it("a cancelled run's step that fails late starts no further attempt [54]", async () => {
  const bodies: string[] = [];
  const h = new Harness([retrying("step", bodies)]);
  const { runId } = await started(h, "retrying", 1);
  expect(bodies).toEqual(["step"]);
  await give(h, "run.cancel", runId);
  await h.world.advance(10 * HOUR_MS);
  await h.drain();
  expect(bodies).toEqual(["step"]);
});

it("tells listeners of the process that the run has ended", async () => {
  const h = new Harness([echo]);
  const runId = await h.start("echo");
  const heard: unknown[] = [];
  const stop = h.kernel.listen((poke) => heard.push(poke));
  await give(h, "run.cancel", runId);
  expect(heard).toEqual([{ type: "runEnded", runId }]);
  stop();
  await h.start("echo");
  expect(heard).toHaveLength(1);
});
