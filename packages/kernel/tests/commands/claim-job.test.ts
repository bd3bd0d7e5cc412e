import { defineStage, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { claim, Fleet, LEASE_MS, register } from "./fleet.ts";
import { echo, nap } from "./workflows.ts";

const MINUTE_MS = 60_000;

describe("order of claims", () => {
  it("is by priority, then by age [41]", async () => {
    const h = new Harness([echo]);
    const session = await register(h);
    const wanted: string[] = [];
    for (const priority of [0, 5, 1, 5]) {
      wanted.push(await h.start("echo", priority, { priority }));
      await h.world.advance(10);
    }
    const order: string[] = [];
    for (let i = 0; i < 4; i++) {
      const [claimed] = await claim(h, session, { limit: 1 });
      order.push(claimed!.stage.runId);
    }
    expect(order).toEqual([wanted[1], wanted[3], wanted[2], wanted[0]]);
  });

  it("lets a low priority win by age, so that none starves [41]", async () => {
    const h = new Harness([echo], { limits: { priorityAgeingMs: MINUTE_MS } });
    const low = await h.start("echo", 0, { priority: 0 });
    await h.world.advance(3 * MINUTE_MS - 1);
    const sooner = await h.start("echo", 1, { priority: 3 });
    await h.world.advance(2);
    await h.start("echo", 2, { priority: 3 });
    const session = await register(h, { leaseTtlMs: 10 * MINUTE_MS });
    const claimed = await claim(h, session);
    expect(claimed.map((one) => one.stage.runId).slice(0, 2)).toEqual([sooner, low]);
  });

  it("takes a stage's own priority before its run's", async () => {
    const urgent = new WorkflowBuilder("urgent")
      .pipe(
        defineStage({ id: "s", schemas: {}, priority: 9, execute: async () => ({ output: 1 }) }),
      )
      .build();
    const h = new Harness([echo, urgent]);
    await h.start("echo", 1, { priority: 5 });
    const first = await h.start("urgent");
    const [claimed] = await claim(h, await register(h), { limit: 1 });
    expect(claimed?.stage.runId).toBe(first);
  });
});

describe("a claim", () => {
  it("takes only the queues it names [40]", async () => {
    const h = new Harness([echo]);
    const session = await register(h);
    const gpu = await h.start("echo", 1, { queue: "gpu" });
    await h.start("echo", 2);
    const claimed = await claim(h, session, { queues: ["gpu"] });
    expect(claimed.map((one) => one.stage.runId)).toEqual([gpu]);
    expect(await claim(h, session, { queues: ["gpu"] })).toEqual([]);
    expect(await claim(h, session)).toHaveLength(1);
  });

  it("gives each stage to one of many sessions, never more than asked for [27]", async () => {
    const fleet = new Fleet([echo]);
    const processes = Array.from({ length: 4 }, () => fleet.process());
    const runs = Array.from({ length: 20 }, (_, n) => ({ workflowId: "echo", input: n }));
    await processes[0]!.kernel.dispatch({ type: "run.createMany", runs });
    const sessions = await Promise.all(processes.map((h) => register(h)));
    const claims = processes.map((h, i) => claim(h, sessions[i]!, { limit: 6 }));
    const taken = await Promise.all(claims);
    expect(taken.every((stages) => stages.length <= 6)).toBe(true);
    const ids = taken.flat().map((one) => one.stage.runId);
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
  });

  it("raises the fence by one and makes the session the owner", async () => {
    const h = new Harness([echo]);
    await h.start("echo");
    const session = await register(h);
    const [claimed] = await claim(h, session);
    expect(claimed?.stage).toMatchObject({ fence: 1, session: session.id, status: "running" });
    expect(h.persistence.dump().stages[0]).toMatchObject({ fence: 1, session: session.id });
  });

  it("of an expired, an unknown or a draining session takes nothing", async () => {
    const h = new Harness([echo]);
    await h.start("echo");
    const expired = await register(h);
    await h.world.advance(LEASE_MS);
    const draining = await register(h);
    await h.kernel.dispatch({ type: "worker.drain", session: draining });
    for (const session of [expired, draining, { id: "nobody", epoch: 1 }]) {
      expect(await claim(h, session)).toEqual([]);
    }
    expect(await claim(h, await register(h))).toHaveLength(1);
  });
});

it("leaves a run alone whose definition is not registered here [95]", async () => {
  const fleet = new Fleet([nap]);
  const owner = fleet.process();
  const workflowRunId = await owner.start("nap");
  const stranger = fleet.process({}, [echo]);
  const session = await register(stranger);
  await fleet.world.advance(1_000);
  const { workers: _, ...before } = owner.persistence.dump();
  expect(await claim(stranger, session)).toEqual([]);
  await stranger.kernel.maintain();
  const driven = stranger.kernel.dispatch({ type: "run.transition", workflowRunId });
  expect(await driven).toMatchObject({ changed: false, status: "running" });
  const { workers: __, ...after } = owner.persistence.dump();
  expect(after).toEqual(before);
  expect(stranger.logged).toEqual([]);
  await owner.drain();
  expect((await owner.kernel.query.getRun(workflowRunId)).status).toBe("completed");
});
