import { type DurableContext, defineWorkflow } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { keysOf, steps } from "./workflows.ts";
import { createGate, createWorld, type World } from "./world.ts";

const LEASE_MS = 45_000;

const workersOf = (world: World) => world.persistence.dump().workers;

describe("the session of a warm process", () => {
  it("is opened by the first job, used again, and leaves no timer behind", async () => {
    const world = createWorld({ workflows: [steps(1)] });
    expect(world.host.getStats().sessionId).toBe(undefined);
    for (let n = 0; n < 5; n++) {
      await world.start("steps");
      await world.time.until(world.host.handleJob(await world.job()));
      expect(world.time.pending()).toBe(0);
    }
    expect(workersOf(world).length).toBe(1);
    expect(workersOf(world)).toMatchObject([{ status: "active", workerId: "fn" }]);
    const { expiresAt, startedAt } = workersOf(world)[0] ?? {};
    expect(Number(expiresAt) - Number(startedAt)).toBe(LEASE_MS);
  });

  it("is renewed while a handler is pending, for as long as it takes, and only then", async () => {
    const gate = createGate();
    const world = createWorld({ workflows: [steps(1, () => gate.opened)] });
    await world.start("steps");
    const handling = world.host.handleJob(await world.job());
    await world.time.advance(10 * LEASE_MS);
    const beats = () => world.calls.filter((name) => name === "heartbeat").length;
    expect(beats()).toBeGreaterThanOrEqual(29);
    expect(beats()).toBeLessThanOrEqual(31);
    gate.open();
    expect(await world.time.until(handling)).toMatchObject({ outcome: "completed" });
    const before = world.calls.length;
    await world.time.advance(10 * LEASE_MS);
    expect(world.calls.length).toBe(before);
  });

  it("that can't be renewed is given up at its deadline, and what runs is stopped", async () => {
    const gate = createGate();
    let aborted = false;
    const run = (ctx: DurableContext): Promise<unknown> =>
      ctx.step("long", async ({ abortSignal }) => {
        await gate.opened;
        aborted = abortSignal.aborted;
      });
    const world = createWorld({ workflows: [defineWorkflow({ id: "long", run })] });
    const runId = await world.start("long");
    const handling = world.host.handleJob(await world.job());
    await world.time.settle();
    world.fail("heartbeat", "unavailable");
    await world.time.advance(LEASE_MS - 3_000);
    expect(world.host.getStats()).toMatchObject({ running: 1, sessionId: expect.any(String) });
    await world.time.advance(2_000);
    expect(await handling).toMatchObject({ outcome: "lost" });
    expect(world.host.getStats()).toMatchObject({ running: 0, sessionId: undefined });
    gate.open();
    await world.time.settle();
    expect([aborted, world.recorded(runId)]).toEqual([true, []]);
  });

  it("brings a cancel of another process to the step that runs", async () => {
    const gate = createGate();
    const workflows = [steps(2, () => gate.opened)];
    const world = createWorld({ workflows });
    const workflowRunId = await world.start("steps");
    const handling = world.host.handleJob(await world.job());
    await world.time.settle();
    const other = createWorld({ workflows, beside: world });
    await other.kernel.dispatch({ type: "run.cancel", workflowRunId });
    await world.time.advance(LEASE_MS / 3);
    expect(await handling).toMatchObject({ outcome: "lost" });
    expect(world.recorded(workflowRunId)).toEqual([]);
  });

  it("is asked about after a while, and registered anew when it was declared gone", async () => {
    const world = createWorld({ workflows: [steps(1)] });
    await world.start("steps");
    await world.time.until(world.host.handleJob(await world.job()));
    await world.time.advance(LEASE_MS + 1);
    await world.kernel.dispatch({ type: "lease.reapStale" });
    await world.start("steps");
    const done = await world.time.until(world.host.handleJob(await world.job()));
    expect(done).toMatchObject({ outcome: "completed" });
    expect(world.host.getStats().sessionsOpened).toBe(2);
  });

  it("that is gone without any clock having told so is noticed by a claim in vain", async () => {
    const world = createWorld({ workflows: [steps(1)] });
    await world.start("steps");
    await world.time.until(world.host.handleJob(await world.job()));
    const dead = [world.host.getStats().sessionId ?? ""];
    await world.kernel.dispatch({ type: "lease.reapStale", dead });
    await world.start("steps");
    const done = await world.time.until(world.host.handleJob(await world.job()));
    expect(done).toMatchObject({ outcome: "completed" });
    expect(world.host.getStats().sessionsOpened).toBe(2);
  });

  it("is given up by close, which lets the running step end and begins none", async () => {
    const gate = createGate();
    const world = createWorld({ workflows: [steps(3, () => gate.opened)] });
    const runId = await world.start("steps");
    const handling = world.host.handleJob(await world.job());
    await world.time.settle();
    const closing = world.host.close();
    gate.open();
    await world.time.until(closing);
    expect(await handling).toMatchObject({ outcome: "suspended" });
    expect(world.recorded(runId)).toEqual(["s1"]);
    expect(workersOf(world)).toMatchObject([{ status: "gone" }]);
    expect(await world.host.handleJob(await world.job())).toMatchObject({ outcome: "deferred" });
  });
});

describe("an invocation that was frozen in the midst of a step", () => {
  const body = (ran: string[], gate: Promise<void>) => async (key: string) => {
    ran.push(key);
    if (key === "s2" && ran.filter((one) => one === "s2").length === 1) await gate;
  };

  it("is finished by another after its lease, and told so when it thaws", async () => {
    const ran: string[] = [];
    const gate = createGate();
    const workflows = [steps(3, body(ran, gate.opened))];
    const frozen = createWorld({ workflows });
    const runId = await frozen.start("steps");
    const job = await frozen.job();
    const handling = frozen.host.handleJob(job);
    await frozen.time.settle();
    frozen.freeze();
    const other = createWorld({ workflows, beside: frozen });
    await other.time.advance(LEASE_MS - 1_000);
    expect(await other.host.handleJob(job)).toMatchObject({ outcome: "ghost", ghost: "owned" });
    await other.time.advance(2_000);
    expect(await other.host.runMaintenanceTick()).toMatchObject({ staleReleased: 1 });
    expect(await other.time.until(other.host.handleJob(await other.job()))).toMatchObject({
      outcome: "completed",
    });
    frozen.thaw();
    gate.open();
    expect(await frozen.time.until(handling)).toMatchObject({ outcome: "lost" });
    expect(other.recorded(runId)).toEqual(keysOf(3));
    expect(ran).toEqual(["s1", "s2", "s2", "s3"]);
    expect(await frozen.kernel.query.getRun(runId)).toMatchObject({ status: "completed" });
  });

  it("and never thaws: another finishes", async () => {
    const ran: string[] = [];
    const workflows = [steps(3, body(ran, new Promise(() => {})))];
    const dead = createWorld({ workflows });
    const runId = await dead.start("steps");
    void dead.host.handleJob(await dead.job());
    await dead.time.settle();
    dead.freeze();
    const other = createWorld({ workflows, beside: dead });
    await other.time.advance(LEASE_MS + 1_000);
    await other.host.runMaintenanceTick();
    const jobs = { maxJobs: 10 };
    expect(await other.time.until(other.host.processAvailableJobs(jobs))).toEqual({
      processed: 1,
      succeeded: 1,
      failed: 0,
    });
    expect(other.recorded(runId)).toEqual(keysOf(3));
    expect((await other.kernel.query.getRun(runId)).status).toBe("completed");
  });
});
