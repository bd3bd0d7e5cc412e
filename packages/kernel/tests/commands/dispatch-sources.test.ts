import { defineStage, WorkflowBuilder } from "@pawl/kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { type Dispatching, dispatching } from "./broker.ts";
import { begin, claim, Fleet, Gate, LEASE_MS, register } from "./fleet.ts";
import { echo, fan, fn, gated, nap } from "./workflows.ts";

const HOUR_MS = 3_600_000;

const failsTwice = fn("flaky", async () => Promise.reject(new Error("no")), {
  retry: { maxAttempts: 2, initialDelay: "1 hour", maxDelay: "1 hour", jitter: 0 },
});
const broken = new WorkflowBuilder("broken")
  .pipe(
    defineStage({
      id: "broken",
      schemas: {},
      retry: { maxAttempts: 1 },
      execute: async () => Promise.reject(new Error("no")),
    }),
  )
  .build();

let gate: Gate;
let one: Dispatching;
beforeEach(() => {
  gate = new Gate();
  one = dispatching(new Fleet([echo, nap, fan(2), failsTwice, broken, gated(gate)]));
  one.broker.goDown();
});

/** What the rows say that are there now. */
const rows = () =>
  one.rows().map(({ stageId, attempt, notBefore, visibleAt }) => {
    const { now } = one.h.world;
    return { stageId, attempt, inMs: notBefore - now, relayInMs: visibleAt - now };
  });
const row = (stageId: string, more: object = {}) => ({
  stageId,
  attempt: 1,
  inMs: 0,
  relayInMs: 2_000,
  ...more,
});
/** As the relay of another process would have done. */
const forget = () =>
  one.h.persistence.ackDispatch(
    one.rows().map(({ createdAt, ...stage }) => ({ stage, createdAt })),
  );

describe("a dispatch row is written in the commit", () => {
  it("that starts a run", async () => {
    const runId = await one.h.start("echo", 1, { queue: "mail", priority: 7 });
    expect(rows()).toEqual([row("main")]);
    const job = { runId, namespace: "default", workflowId: "echo", queue: "mail", priority: 7 };
    expect(one.rows()).toMatchObject([{ ...job, mapIndex: 0, generation: 0, tries: 0 }]);
    expect(one.h.persistence.dump().stages).toMatchObject([{ dispatchedAt: one.h.world.now }]);
  });

  it("that ends a stage others follow, and that opens a join", async () => {
    const runId = await one.h.start("fan");
    await forget();
    await one.h.round();
    expect(rows()).toEqual([row("branch-0"), row("branch-1")]);
    await forget();
    await one.h.round();
    expect(rows()).toEqual([row("join")]);
    await one.h.round();
    expect((await one.h.kernel.query.getRun(runId)).status).toBe("completed");
    expect(rows()).toEqual([]);
  });

  it("that suspends a stage for a time, due when that has passed", async () => {
    await one.h.start("nap");
    await forget();
    await one.h.round();
    expect(rows()).toEqual([row("main", { inMs: HOUR_MS })]);
  });

  it("that wakes it, if it comes to that", async () => {
    await one.h.start("nap");
    await one.h.round();
    await forget();
    await one.h.world.advance(HOUR_MS);
    await one.h.kernel.dispatch({ type: "stage.pollSuspended" });
    expect(rows()).toEqual([row("main")]);
  });

  it("of an attempt that failed, for the next", async () => {
    await one.h.start("flaky");
    await one.h.round();
    expect(rows()).toEqual([row("main", { attempt: 2, inMs: HOUR_MS })]);
  });

  it("that reaps a stage from a dead session", async () => {
    await one.h.start("echo");
    await claim(one.h, await register(one.h));
    await forget();
    await one.h.world.advance(LEASE_MS + 1);
    await one.h.kernel.dispatch({ type: "lease.reapStale" });
    expect(rows()).toEqual([row("main")]);
  });

  it("that gives a stage back when its session ends, or has forgotten it", async () => {
    await one.h.start("echo");
    const session = await register(one.h);
    await claim(one.h, session);
    await forget();
    for (let beat = 0; beat < 2; beat++) {
      await one.h.kernel.dispatch({ type: "worker.beat", session });
    }
    expect(rows()).toEqual([row("main")]);
    await claim(one.h, session);
    await forget();
    await one.h.kernel.dispatch({ type: "worker.deregister", session });
    expect(rows()).toEqual([row("main")]);
  });

  it("that resumes a run: of all its stages that may go on", async () => {
    const runIds = [await one.h.start("echo"), await one.h.start("nap")];
    await one.h.kernel.dispatch({ type: "run.pause", workflowRunId: runIds[0] ?? "" });
    await one.h.round();
    await one.h.kernel.dispatch({ type: "run.pause", workflowRunId: runIds[1] ?? "" });
    await forget();
    for (const workflowRunId of runIds) {
      await one.h.kernel.dispatch({ type: "run.resume", workflowRunId });
    }
    expect(rows()).toEqual([row("main"), row("main", { inMs: HOUR_MS })]);
  });

  it("that resumes a run, of a stage that is given back at that moment", async () => {
    const runId = await one.h.start("echo");
    const session = await register(one.h);
    await claim(one.h, session);
    const control = { workflowRunId: runId } as const;
    await one.h.kernel.dispatch({ type: "run.pause", ...control });
    await forget();
    const { load } = one.h.persistence;
    one.h.persistence.load = async (...asked) => {
      const snapshot = await load(...asked);
      await one.h.kernel.dispatch({ type: "worker.deregister", session });
      await forget();
      return snapshot;
    };
    await one.h.kernel.dispatch({ type: "run.resume", ...control });
    expect(one.h.persistence.dump().stages).toMatchObject([{ status: "ready", held: false }]);
    expect(rows()).toEqual([row("main")]);
  });

  it("that gives a failed stage another try and reopens its run", async () => {
    await one.h.start("broken");
    await one.h.round();
    expect(rows()).toEqual([]);
    const [letter] = await one.h.kernel.dispatch({ type: "deadletter.list" });
    await one.h.kernel.dispatch({ type: "deadletter.replay", id: letter?.id ?? "" });
    expect(rows()).toEqual([row("broken", { attempt: 2 })]);
  });

  it("that admits a run that was to start later, and not before", async () => {
    await one.h.start("echo", 1, { startAt: one.h.world.now + HOUR_MS });
    expect(rows()).toEqual([]);
    await one.h.world.advance(HOUR_MS);
    await one.h.kernel.dispatch({ type: "run.claimPending" });
    expect(rows()).toEqual([row("main")]);
  });
});

describe("no dispatch row is written", () => {
  it("for a stage that begins in this process with its run", async () => {
    const { h } = one;
    const session = await h.session();
    h.kernel.offerStartSlots(() => ({ session, use: () => {}, giveBack: () => {} }));
    await h.start("echo");
    expect(rows()).toEqual([]);
  });

  it("for stages that follow in a run that is paused", async () => {
    const runId = await one.h.start("gated");
    const { ends } = await begin(one.h, await register(one.h));
    await forget();
    await one.h.kernel.dispatch({ type: "run.pause", workflowRunId: runId });
    gate.open();
    await one.h.world.until(ends);
    const stages = one.h.persistence.dump().stages.filter(({ held }) => held);
    expect(stages).toMatchObject([{ status: "ready" }]);
    await one.h.kernel.dispatch({ type: "run.resume", workflowRunId: runId });
    expect(rows()).toEqual([row("main")]);
  });

  it("on a colocated transport, whatever happens", async () => {
    const h = one.fleet.process();
    await h.start("fan");
    await h.drain();
    expect(h.persistence.dump()).toMatchObject({ dispatch: [], stages: expect.anything() });
    expect(h.persistence.dump().stages.every(({ dispatchedAt }) => dispatchedAt === null)).toBe(
      true,
    );
  });
});

it.each(["run.cancel", "run.terminate"] as const)("%s takes the rows of its run", async (type) => {
  const runId = await one.h.start("fan");
  await one.h.start("echo");
  await one.h.kernel.dispatch({ type, workflowRunId: runId });
  expect(rows()).toEqual([row("main")]);
});

it("a run that times out takes its rows with it", async () => {
  const limited = fn("limited", (ctx) => ctx.sleep("nap", "1 day"), { runTimeout: "1 hour" });
  one = dispatching(new Fleet([limited]));
  one.broker.goDown();
  await one.h.start("limited");
  await one.h.round();
  expect(rows()).toHaveLength(1);
  await one.h.world.advance(HOUR_MS);
  await one.h.kernel.maintain();
  expect(rows()).toEqual([]);
});
