import { defineWorkflow } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { keysOf, steps } from "./workflows.ts";
import { createGate, createWorld } from "./world.ts";

it("a message is executed to the end of its run and answered with what came of it", async () => {
  const world = createWorld({ workflows: [steps(3)] });
  const runId = await world.start("steps");
  const [job] = world.jobs();
  expect(await world.time.until(world.host.handleJob(job))).toEqual({
    outcome: "completed",
    stages: 1,
  });
  expect(world.recorded(runId)).toEqual(keysOf(3));
  expect(await world.host.handleJob(job)).toMatchObject({ outcome: "ghost" });
  expect(world.host.getStats()).toMatchObject({
    sessionsOpened: 1,
    running: 0,
    jobs: { completed: 1, ghost: 1 },
  });
});

describe("a message that is no job of this version", () => {
  const good = {
    v: 1,
    jobId: "j",
    workflowRunId: "r",
    workflowId: "w",
    stageId: "s",
    mapIndex: 0,
    generation: 0,
    attempt: 1,
    queue: "default",
  };
  it.each([
    ["of another version", { ...good, v: 2 }],
    ["truncated", '{"v":1,"jobId":"j","workflowRu'],
    ["nothing", undefined],
    ["a list", [good]],
    ["with a forged index", { ...good, mapIndex: -1 }],
    ["with a forged id", { ...good, workflowRunId: { $ne: null } }],
  ])("%s: counted, changes nothing, may be acknowledged", async (_, message) => {
    const world = createWorld({ workflows: [steps(1)] });
    await world.start("steps");
    const { stages, runs } = world.persistence.dump();
    expect(await world.host.handleJob(message)).toEqual({ outcome: "ghost", stages: 0 });
    expect(world.host.getStats().malformed).toBe(1);
    expect(world.lines.map(({ message: text }) => text)).toContain("malformed job");
    expect(world.persistence.dump()).toMatchObject({ stages, runs });
  });

  it("of a run that does not exist: a ghost, nothing else", async () => {
    const world = createWorld({ workflows: [steps(1)] });
    expect(await world.host.handleJob(good)).toEqual({ outcome: "ghost", stages: 0 });
    expect(world.host.getStats().malformed).toBe(0);
  });
});

it("twenty handlers at once with every message twice record everything once", async () => {
  const ran: string[] = [];
  const worlds = [createWorld({ workflows: [steps(3, (key) => ran.push(key))] })];
  const [first] = worlds as [(typeof worlds)[0]];
  const workflows = [steps(3, (key) => ran.push(key))];
  worlds.push(createWorld({ workflows, beside: first }));
  const runs = await Promise.all(Array.from({ length: 10 }, () => first.start("steps")));
  const jobs = first.jobs();
  expect(jobs.length).toBe(10);
  const done = await first.time.until(
    Promise.all(worlds.flatMap(({ host }) => jobs.map((job) => host.handleJob(job)))),
  );
  const outcomes = done.map(({ outcome }) => outcome);
  expect(outcomes.filter((outcome) => outcome === "completed").length).toBe(10);
  expect(outcomes.every((outcome) => ["completed", "busy", "ghost"].includes(outcome))).toBe(true);
  for (const runId of runs) expect(first.recorded(runId)).toEqual(keysOf(3));
  expect(ran.length).toBe(30);
  for (const { host } of worlds) expect(host.getStats().sessionsOpened).toBe(1);
});

it("a store out of reach is thrown, so that the message comes again", async () => {
  const world = createWorld({ workflows: [steps(1)] });
  await world.start("steps");
  const [job] = world.jobs();
  world.fail("claim", "unavailable");
  await expect(world.time.until(world.host.handleJob(job))).rejects.toMatchObject({
    code: "E_PERSISTENCE_UNAVAILABLE",
  });
  world.fail("claim", undefined);
  expect(await world.time.until(world.host.handleJob(job))).toMatchObject({ outcome: "completed" });
});

it("a message that comes before its time is sent again for that time", async () => {
  const world = createWorld({
    workflows: [
      defineWorkflow({
        id: "flaky",
        retry: { maxAttempts: 2, initialDelay: "10 minutes", jitter: 0 },
        run: async (ctx) => {
          if (ctx.attempt === 1) throw new Error("not yet");
          return "done";
        },
      }),
    ],
  });
  await world.start("flaky");
  expect(await world.time.until(world.host.handleJob(world.jobs()[0]))).toMatchObject({
    outcome: "failed",
  });
  const [job] = world.jobs();
  expect(job?.attempt).toBe(2);
  expect(await world.host.handleJob(job)).toMatchObject({ outcome: "early" });
  const take = () => world.jobTransport.dequeue({ workerId: "w", limit: 9, waitMs: 0 });
  expect(await take()).toEqual([]);
  await world.time.advance(600_000);
  const [again] = await take();
  expect(again?.body).toMatchObject({ ...job, jobId: expect.stringContaining(`${job?.jobId}~`) });
  expect(await world.time.until(world.host.handleJob(again?.body))).toMatchObject({
    outcome: "completed",
  });
});

it("a stage that was lost time and again runs with nothing beside it", async () => {
  const order: string[] = [];
  const gate = createGate();
  const body = async (key: string): Promise<void> => {
    order.push(`${key} begins`);
    await gate.opened;
    order.push(`${key} ends`);
  };
  const one = (id: string) =>
    defineWorkflow({ id, run: (ctx) => ctx.step("work", () => body(id)) as Promise<unknown> });
  const world = createWorld({ workflows: [one("heavy"), one("light")] });
  await world.start("heavy");
  for (let loss = 0; loss < 2; loss++) {
    const dead = { type: "worker.register", workerId: "dead", host: "h", pid: 1 } as const;
    const session = await world.kernel.dispatch(dead);
    await world.kernel.dispatch({ type: "job.claim", session, limit: 1 });
    await world.kernel.dispatch({ type: "lease.reapStale", dead: [session.id] });
  }
  const [heavy] = world.jobs();
  await world.start("light");
  const light = world.jobs().find(({ workflowRunId }) => workflowRunId !== heavy?.workflowRunId);
  const both = [world.host.handleJob(heavy)];
  await world.time.settle();
  both.push(world.host.handleJob(light));
  await world.time.settle();
  expect(order).toEqual(["heavy begins"]);
  gate.open();
  const done = await world.time.until(Promise.all(both));
  expect(done.map(({ outcome }) => outcome)).toEqual(["completed", "completed"]);
  expect(order).toEqual(["heavy begins", "heavy ends", "light begins", "light ends"]);
});
