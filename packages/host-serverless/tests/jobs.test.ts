import { defineWorkflow } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { keysOf, steps } from "./workflows.ts";
import { createGate, createWorld, hastyTransport, slowTransport } from "./world.ts";

it("a message is executed to the end of its run, and what came of it answered [142]", async () => {
  const world = createWorld({ workflows: [steps(3)] });
  const runId = await world.start("steps");
  const job = await world.job();
  expect(await world.time.until(world.host.handleJob(job))).toEqual({
    outcome: "completed",
    stages: 1,
  });
  expect(world.recorded(runId)).toEqual(keysOf(3));
  expect(await world.host.handleJob(job)).toMatchObject({
    outcome: "ghost",
    ghost: "finished",
  });
  expect(world.host.getStats()).toMatchObject({
    sessionsOpened: 1,
    running: 0,
    jobs: { completed: 1, ghost: 1 },
    ghosts: { finished: 1 },
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
    ["of another version", "otherVersion", { ...good, v: 2 }],
    ["truncated", "malformed", '{"v":1,"jobId":"j","workflowRu'],
    ["nothing", "malformed", undefined],
    ["a list", "malformed", [good]],
    ["with a forged index", "malformed", { ...good, mapIndex: -1 }],
    ["with a forged id", "malformed", { ...good, workflowRunId: { $ne: null } }],
    ["with a long id", "tooLarge", { ...good, stageId: "s".repeat(5_000) }],
  ])("%s: counted, kept, changes nothing, may be acknowledged", async (_, ghost, message) => {
    const world = createWorld({ workflows: [steps(1)] });
    await world.start("steps");
    const { stages, runs } = world.persistence.dump();
    expect(await world.host.handleJob(message)).toEqual({ outcome: "ghost", stages: 0, ghost });
    expect(world.host.getStats()).toMatchObject({ jobs: { ghost: 1 }, ghosts: { [ghost]: 1 } });
    const deadLetters = [{ reason: ghost }];
    expect(world.persistence.dump()).toMatchObject({ stages, runs, deadLetters });
  });

  it("of a run that does not exist: a ghost, nothing else", async () => {
    const world = createWorld({ workflows: [steps(1)] });
    expect(await world.host.handleJob(good)).toMatchObject({ outcome: "ghost", ghost: "unknown" });
    expect(world.persistence.dump().deadLetters).toEqual([]);
  });
});

it("twenty handlers at once with every message twice record everything once", async () => {
  const ran: string[] = [];
  const worlds = [createWorld({ workflows: [steps(3, (key) => ran.push(key))] })];
  const [first] = worlds as [(typeof worlds)[0]];
  const workflows = [steps(3, (key) => ran.push(key))];
  worlds.push(createWorld({ workflows, beside: first }));
  const runs = await Promise.all(Array.from({ length: 10 }, () => first.start("steps")));
  const jobs = await first.jobs();
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
  const job = await world.job();
  world.fail("claim", "unavailable");
  await expect(world.time.until(world.host.handleJob(job))).rejects.toMatchObject({
    code: "E_PERSISTENCE_UNAVAILABLE",
  });
  world.fail("claim", undefined);
  expect(await world.time.until(world.host.handleJob(job))).toMatchObject({ outcome: "completed" });
});

it("an invocation ends when the queue has what it made ready", async () => {
  const workflow = defineWorkflow({
    id: "flaky",
    retry: { maxAttempts: 2, initialDelay: 0 },
    run: async ({ attempt }) => {
      if (attempt === 1) throw new Error("not yet");
    },
  });
  const world = createWorld({ workflows: [workflow], transport: slowTransport });
  await world.start("flaky");
  const call = { remainingMs: () => 60_000 };
  for (const outcome of ["failed", "completed"]) {
    const handling = world.host.handleJob(await world.job(), call);
    expect(await world.time.until(handling)).toMatchObject({ outcome });
  }
});

describe("a message that comes before its time", () => {
  const flaky = defineWorkflow({
    id: "late",
    retry: { maxAttempts: 2, initialDelay: "1 minute", jitter: 0 },
    run: async ({ attempt }) => {
      if (attempt === 1) throw new Error("not yet");
    },
  });
  const nap = defineWorkflow({ id: "late", run: (ctx) => ctx.sleep("nap", "1 minute") });

  it.each([
    { of: "a retry", workflow: flaky, afterMs: 30_000, tick: { dispatched: 1 } },
    { of: "a timer", workflow: nap, afterMs: 0, tick: { suspendedChecked: 1 } },
  ])("of $of may be acknowledged: another comes in time", async ({ workflow, afterMs, tick }) => {
    const world = createWorld({ workflows: [workflow], transport: hastyTransport });
    const { host, time } = world;
    await world.start("late");
    await time.until(host.handleJob(await world.job()));
    const retryAt = time.clock.now() + 60_000;
    expect(await host.handleJob(await world.job())).toEqual({
      outcome: "early",
      stages: 0,
      retryAt,
    });
    await time.advance(59_999);
    await time.until(host.runMaintenanceTick());
    expect(await world.jobs()).toEqual([]);
    await time.advance(1 + afterMs);
    expect(await time.until(host.runMaintenanceTick())).toMatchObject(tick);
    expect(await time.until(host.handleJob(await world.job()))).toMatchObject({
      outcome: "completed",
    });
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
  const heavy = (await world.jobs()).at(-1);
  await world.start("light");
  const light = await world.job();
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
