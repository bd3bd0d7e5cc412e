import { WorkflowBuilder } from "@pawl/kernel";
import type { EventSink } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { claim, eventTypes, Fleet, LEASE_MS, register } from "./fleet.ts";
import { echo, fn, stage } from "./workflows.ts";

const RETRY = { maxAttempts: 3, initialDelay: 1_000, jitter: 0 };
const by = { actor: "ann", reason: "fixed it" };
const list = (h: Harness, more: object = {}) =>
  h.kernel.dispatch({ type: "deadletter.list", ...more });
const replay = (h: Harness, id: string) =>
  h.kernel.dispatch({ type: "deadletter.replay", id, ...by });
const discard = (h: Harness, id: string) =>
  h.kernel.dispatch({ type: "deadletter.discard", id, ...by });

/** Fails until it is mended, counting its bodies. */
function fragile() {
  const state = { broken: true, bodies: 0 };
  const body = async () => {
    state.bodies += 1;
    if (state.broken) throw new Error(`failure ${state.bodies}`);
    return "mended";
  };
  return { state, body, workflow: fn("fragile", body, { retry: RETRY }) };
}

async function failed() {
  const made = fragile();
  const fleet = new Fleet([made.workflow]);
  const h = fleet.process();
  const runId = await h.start("fragile");
  await h.drain();
  const [letter] = await list(h);
  return { ...made, fleet, h, runId, letter: letter! };
}

it.each([
  ["deadletter.replay", "the id of a dead letter as deadletter.list answers it"],
  ["deadletter.discard", "the id of a dead letter as deadletter.list answers it"],
  ["run.cancel", "the id of a run"],
] as const)("%s without an id says what it needs", async (type, what) => {
  const h = new Harness([echo]);
  await expect(h.kernel.dispatch({ type } as never)).rejects.toMatchObject({
    code: "E_ARGUMENT_INVALID",
    message: expect.stringMatching(`^${type} needs ".*", ${what}; undefined was given`),
  });
});

describe("a stage whose attempts are spent", () => {
  it("is listed with its error, and its history has every attempt [32]", async () => {
    const { h, runId, letter, state } = await failed();
    expect(state.bodies).toBe(3);
    expect(letter).toMatchObject({
      kind: "stage",
      reason: "failed",
      runId,
      stageId: "main",
      failure: { message: "failure 3" },
      resolvedAt: null,
    });
    const { attempts } = await h.kernel.query.getTimeline(runId);
    const told = attempts.map(({ attempt, failure }) => [attempt, failure?.message]);
    expect(told).toEqual([
      [1, "failure 1"],
      [2, "failure 2"],
      [3, "failure 3"],
    ]);
    await h.world.advance(86_400_000);
    await h.drain();
    expect(state.bodies).toBe(3);
  });

  it("runs again with a fresh budget when its letter is replayed [35]", async () => {
    const { h, runId, letter, state } = await failed();
    expect(await replay(h, letter.id)).toEqual({ replayed: true });
    await h.drain();
    expect(state.bodies).toBe(6);
    expect((await h.kernel.query.getRun(runId)).status).toBe("failed");
    const { attempts } = await h.kernel.query.getTimeline(runId);
    expect(attempts.map((row) => row.attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    const again = await list(h);
    expect(again).toHaveLength(1);
    expect(again[0]?.id).not.toBe(letter.id);
  });

  it("ends well when what was wrong is mended, and the run is reopened once [35]", async () => {
    const { h, runId, letter, state } = await failed();
    state.broken = false;
    await replay(h, letter.id);
    expect(await h.kernel.query.getRun(runId)).toMatchObject({ status: "running", endedAt: null });
    await h.drain();
    expect(await h.kernel.query.getRun(runId)).toMatchObject({
      status: "completed",
      output: "mended",
      failure: null,
    });
    expect(h.persistence.dump().runs).toMatchObject([{ reopenCount: 1 }]);
    expect(eventTypes(h, runId).slice(-5)).toEqual([
      "run.failed",
      "run.reopened",
      "stage.retried",
      "stage.completed",
      "run.completed",
    ]);
  });

  it("is replayed once, whoever asks how often, with one audit row [35]", async () => {
    const { fleet, h, runId, letter } = await failed();
    const asked = [h, fleet.process(), fleet.process()].map((one) => replay(one, letter.id));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ replayed }) => replayed)).toHaveLength(1);
    expect(await replay(h, letter.id)).toEqual({ replayed: false });
    const { audit, events, deadLetters } = h.persistence.dump();
    expect(audit).toMatchObject([{ runId, verb: "run.replay", ...by }]);
    expect(events.filter(({ type }) => type === "stage.retried")).toHaveLength(1);
    expect(deadLetters).toMatchObject([{ resolution: "replayed", actor: "ann" }]);
  });

  it("can be left as it is: discarding says who did it and why [35] [121]", async () => {
    const { h, runId, letter } = await failed();
    expect(await discard(h, letter.id)).toEqual({ discarded: true });
    expect(await discard(h, letter.id)).toEqual({ discarded: false });
    expect(await replay(h, letter.id)).toEqual({ replayed: false });
    expect(await list(h)).toEqual([]);
    expect(await list(h, { resolved: true })).toMatchObject([
      { id: letter.id, resolution: "discarded", actor: "ann", resolvedAt: h.world.now },
    ]);
    expect((await h.kernel.query.getRun(runId)).status).toBe("failed");
    expect(h.persistence.dump().audit).toMatchObject([{ runId, ...by }]);
  });
});

/** A run whose one stage is held, since it took its process with it too often. */
async function quarantined() {
  const h = new Harness([echo], { limits: { lossesCountedMax: 1 } });
  const runId = await h.start("echo", 1);
  for (const more of [{}, {}, { alone: true }]) {
    await claim(h, await register(h), more);
    await h.world.advance(LEASE_MS);
    await h.kernel.dispatch({ type: "lease.reapStale" });
  }
  const [letter] = await list(h);
  expect(letter).toMatchObject({ reason: "quarantined" });
  return { h, runId, letter: letter! };
}

describe("deadletter.discard", () => {
  it("is refused while the letter is the only way to move a held stage on", async () => {
    const { h, runId, letter } = await quarantined();
    const before = h.persistence.dump();
    await expect(discard(h, letter.id)).rejects.toMatchObject({
      code: "E_STATE_INVALID",
      message: expect.stringMatching(/"main".*quarantined.*deadletter\.replay.*run\.cancel/),
    });
    expect(h.persistence.dump()).toEqual(before);
    await h.kernel.dispatch({ type: "run.cancel", workflowRunId: runId });
    expect(await discard(h, letter.id)).toEqual({ discarded: true });
  });

  it("of a stage that failed is allowed though the run goes on without it", async () => {
    const { body } = fragile();
    const parts = [
      stage("failing", body, { onFailure: "continue" }),
      stage("sleeper", (ctx) => ctx.sleep("nap", "1 hour")),
    ];
    const h = new Harness([new WorkflowBuilder("w").parallel(parts).build()]);
    const workflowRunId = await h.start("w");
    await h.round();
    await h.kernel.dispatch({ type: "run.pause", workflowRunId });
    const [letter] = await list(h);
    expect(await discard(h, letter!.id)).toEqual({ discarded: true });
  });
});

describe("deadletter.replay", () => {
  it("releases a quarantined stage with its losses forgotten [34] [35]", async () => {
    const { h, runId, letter } = await quarantined();
    await replay(h, letter.id);
    expect(h.persistence.dump().stages).toMatchObject([
      { held: false, suspect: false, losses: 0, lossesCounted: 0, attempt: 1, failure: null },
    ]);
    await h.drain();
    expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
    expect(eventTypes(h, runId)).not.toContain("run.reopened");
  });

  it("runs the failed stage alone again, not those completed before it [92]", async () => {
    const { state, body } = fragile();
    let first = 0;
    const workflow = new WorkflowBuilder("w")
      .pipe(stage("first", async () => ++first))
      .pipe(stage("second", body))
      .pipe(stage("third"))
      .build();
    const h = new Harness([workflow]);
    const runId = await h.start("w");
    await h.drain();
    state.broken = false;
    const [letter] = await list(h);
    await replay(h, letter!.id);
    await h.drain();
    expect([first, state.bodies]).toEqual([1, 2]);
    expect(await h.kernel.query.getRun(runId)).toMatchObject({ output: "third" });
  });

  it("takes up branches that were cancelled with the run, and their join", async () => {
    const { state, body } = fragile();
    const workflow = new WorkflowBuilder("w")
      .parallel([stage("fragile", body), stage("sleeper", (ctx) => ctx.sleep("nap", "1 hour"))])
      .pipe(stage("join"))
      .build();
    const h = new Harness([workflow]);
    const runId = await h.start("w");
    await h.round();
    expect((await h.kernel.query.getRun(runId)).status).toBe("failed");
    state.broken = false;
    const [letter] = await list(h);
    await replay(h, letter!.id);
    await h.drain();
    expect(await h.kernel.query.getRun(runId)).toMatchObject({
      status: "completed",
      output: "join",
    });
  });

  it("gives a branch that nobody had started its whole time to start again", async () => {
    const { state, body } = fragile();
    const elsewhere = { queue: "elsewhere", startTimeout: "10 s" } as const;
    const workflow = new WorkflowBuilder("w")
      .parallel([stage("fragile", body), stage("elsewhere", undefined, elsewhere)])
      .build();
    const h = new Harness([workflow]);
    const runId = await h.start("w");
    const session = await register(h, { leaseTtlMs: 365 * 86_400_000 });
    for (const claimed of await claim(h, session, { queues: ["default"] })) {
      await h.kernel.dispatch({ type: "job.execute", session, claimed });
    }
    await h.world.advance(3_600_000);
    state.broken = false;
    const [letter] = await list(h);
    await replay(h, letter!.id);
    await h.world.advance(9_999);
    await h.kernel.maintain();
    expect((await h.kernel.query.getRun(runId)).status).toBe("running");
    await h.world.advance(1);
    await h.kernel.maintain();
    expect((await h.kernel.query.getRun(runId)).status).toBe("cancelled");
  });

  it("cuts no sleep short of a branch that it takes up again", async () => {
    const { state, body } = fragile();
    const workflow = new WorkflowBuilder("w")
      .parallel([stage("fragile", body), stage("sleeper", (ctx) => ctx.sleep("nap", "1 hour"))])
      .pipe(stage("join"))
      .build();
    const h = new Harness([workflow]);
    const runId = await h.start("w");
    const started = h.world.now;
    await h.round();
    state.broken = false;
    const [letter] = await list(h);
    await replay(h, letter!.id);
    await h.drain();
    const { endedAt } = await h.kernel.query.getRun(runId);
    expect(endedAt).toBeGreaterThanOrEqual(started + 3_600_000);
  });

  it("of a stage with more sleeps than one page of them cuts none short and ends", async () => {
    const { state, body } = fragile();
    let bodies = 0;
    const workflow = fn("w", async (ctx) => {
      bodies += 1;
      const naps = Array.from({ length: 1_100 }, (_, i) => ctx.sleep(`nap-${i}`, "1 day"));
      await ctx.sleep("short", "1 minute");
      await body();
      await Promise.all(naps);
    });
    const h = new Harness([workflow]);
    const runId = await h.start("w");
    await h.drain();
    expect((await h.kernel.query.getRun(runId)).status).toBe("failed");
    state.broken = false;
    const [letter] = await list(h);
    await replay(h, letter!.id);
    const { waits } = h.persistence.dump();
    expect(waits.filter(({ outcome }) => outcome === "closed")).toEqual([]);
    await h.drain();
    expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
    expect(bodies).toBeLessThan(10);
  });

  it.each([
    ["completed", "continue"],
    ["cancelled", "failRun"],
  ] as const)("of a run that is %s is refused", async (status, onFailure) => {
    const { body } = fragile();
    const sleeper = stage("sleeper", (ctx) => ctx.sleep("nap", "1 hour"));
    const failing = stage("failing", body, { onFailure: "continue" });
    const parts = status === "completed" ? [failing, stage("ok")] : [failing, sleeper];
    const h = new Harness([new WorkflowBuilder("w").parallel(parts).build()]);
    const workflowRunId = await h.start("w");
    await h.round();
    if (onFailure === "failRun") await h.kernel.dispatch({ type: "run.cancel", workflowRunId });
    else await h.drain();
    expect((await h.kernel.query.getRun(workflowRunId)).status).toBe(status);
    const [letter] = await list(h);
    const before = h.persistence.dump();
    await expect(replay(h, letter!.id)).rejects.toMatchObject({ code: "E_RUN_TERMINAL" });
    expect(h.persistence.dump()).toEqual(before);
  });

  it("and discard of an unknown letter say so", async () => {
    const h = new Harness([echo]);
    await expect(replay(h, "nobody")).rejects.toMatchObject({ code: "E_ROW_UNKNOWN" });
    await expect(discard(h, "nobody")).rejects.toMatchObject({ code: "E_ROW_UNKNOWN" });
  });
});

describe("deadletter.replay of an event that the sink would not take", () => {
  const taken: string[] = [];
  const refuses = { now: true };
  const eventSink: EventSink = {
    emit: async (deliveries) => {
      const ids = deliveries.map(({ event, deliveryId }) => `${event.type} ${deliveryId}`);
      if (refuses.now && ids.some((id) => id.startsWith("stage.failed"))) throw new Error("no");
      taken.push(...ids);
    },
  };

  async function undeliverable() {
    taken.length = 0;
    refuses.now = true;
    const { state, body } = fragile();
    const fleet = new Fleet([fn("fragile", body)]);
    const h = fleet.process({ eventSink, limits: { deliveryAttemptsMax: 2 } });
    const runId = await h.start("fragile");
    await h.drain();
    for (let i = 0; i < 8; i++) await h.kernel.dispatch({ type: "outbox.flush" });
    const [letter] = await list(h, { kind: "event" });
    expect(letter).toMatchObject({ kind: "event", reason: "undeliverable", stageId: "main" });
    return { state, fleet, h, runId, letter: letter! };
  }

  it("delivers it again, once, and runs no stage", async () => {
    const { state, h, runId, letter } = await undeliverable();
    const before = taken.length;
    refuses.now = false;
    expect(await replay(h, letter.id)).toEqual({ replayed: true });
    expect(taken.slice(before)).toEqual([`stage.failed ${runId}:${letter.rev}`]);
    expect(await replay(h, letter.id)).toEqual({ replayed: false });
    expect(taken).toHaveLength(before + 1);
    await h.drain();
    expect(state.bodies).toBe(1);
    expect((await h.kernel.query.getRun(runId)).status).toBe("failed");
    expect(await list(h, { kind: "event", resolved: true })).toMatchObject([
      { id: letter.id, resolution: "replayed", actor: "ann", resolvedAt: h.world.now },
    ]);
    expect(h.persistence.dump().audit).toMatchObject([{ runId, verb: "run.replay", ...by }]);
  });

  it("says so when the sink refuses it again, and keeps the letter", async () => {
    const { h, letter } = await undeliverable();
    const before = h.persistence.dump();
    await expect(replay(h, letter.id)).rejects.toMatchObject({
      code: "E_DELIVERY_REFUSED",
      message: expect.stringContaining("deadletter.discard"),
      cause: { message: "no" },
    });
    expect(h.persistence.dump()).toEqual(before);
    expect(await discard(h, letter.id)).toEqual({ discarded: true });
  });

  it("is refused where there is no sink", async () => {
    const { fleet, letter } = await undeliverable();
    await expect(replay(fleet.process(), letter.id)).rejects.toMatchObject({
      code: "E_STATE_INVALID",
      message: expect.stringContaining("deadletter.discard"),
    });
  });
});

it("deadletter.replay of a message is refused: it can be discarded", async () => {
  const h = new Harness([echo]);
  await h.kernel.dispatch({ type: "job.execute", session: await h.session(), job: "garbage" });
  const [letter] = await list(h, { kind: "message" });
  await expect(replay(h, letter!.id)).rejects.toMatchObject({
    code: "E_STATE_INVALID",
    message: expect.stringContaining("deadletter.discard"),
  });
  expect(await discard(h, letter!.id)).toEqual({ discarded: true });
});

it("deadletter.list filters by kind and pages without doubles or gaps", async () => {
  const { h, runId } = await failed();
  const session = await h.session();
  for (let i = 0; i < 5; i++) await h.kernel.dispatch({ type: "job.execute", session, job: i });
  expect(await list(h, { kind: "stage" })).toMatchObject([{ runId }]);
  expect(await list(h, { kind: "event" })).toEqual([]);
  const all = (await list(h)).map((letter) => letter.id);
  expect(all).toHaveLength(6);
  const paged: string[] = [];
  for (let after = ""; ; ) {
    const page = await list(h, { limit: 4, ...(after ? { after } : {}) });
    paged.push(...page.map((letter) => letter.id));
    if (page.length < 4) break;
    after = paged.at(-1) as string;
  }
  expect(paged).toEqual(all);
});
