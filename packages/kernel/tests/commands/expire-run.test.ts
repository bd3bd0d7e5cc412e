import { WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { after, begin, claim, eventTypes, Fleet, register } from "./fleet.ts";
import { fn, stage } from "./workflows.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const poll = (h: Harness, limit?: number) =>
  h.kernel.dispatch({ type: "stage.pollSuspended", ...(limit === undefined ? {} : { limit }) });

describe("the time limit of a run", () => {
  const limited = fn(
    "limited",
    async (ctx) => {
      await ctx.sleep("nap", "1 hour");
      return "rested";
    },
    { runTimeout: "10 minutes" },
  );

  it("ends it while it sleeps, not before its instant, for good [60]", async () => {
    const h = new Harness([limited]);
    const id = await h.start("limited");
    await h.round();
    await h.world.advance(10 * MINUTE_MS - 1);
    expect(await poll(h)).toEqual({ checked: 0 });
    expect((await h.kernel.query.getRun(id)).status).toBe("waiting");
    await h.world.advance(1);
    expect(await poll(h)).toEqual({ checked: 1 });
    expect(await h.kernel.query.getRun(id)).toMatchObject({
      status: "failed",
      failure: {
        code: "E_RUN_TIMEOUT",
        message: expect.stringContaining("its workflow's runTimeout of 600000 ms"),
      },
      endedAt: h.world.now,
    });
    const { stages, waits } = h.persistence.dump();
    expect(stages).toMatchObject([{ status: "cancelled" }]);
    expect(waits).toMatchObject([{ outcome: "closed" }]);
    await h.world.advance(HOUR_MS);
    expect(await poll(h)).toEqual({ checked: 0 });
    expect(await claim(h, await register(h))).toEqual([]);
    expect(eventTypes(h, id).at(-1)).toBe("run.failed");
  });

  it("holds while it is paused [60]", async () => {
    const h = new Harness([limited]);
    const id = await h.start("limited");
    await h.kernel.dispatch({ type: "run.pause", workflowRunId: id });
    await h.world.advance(10 * MINUTE_MS);
    await poll(h);
    expect((await h.kernel.query.getRun(id)).status).toBe("failed");
  });

  it("aborts what executes in this process and fences what executes elsewhere [60]", async () => {
    const signals: AbortSignal[] = [];
    const stuck = fn(
      "stuck",
      (ctx) => {
        signals.push(ctx.abortSignal as AbortSignal);
        return ctx.step("s", () => new Promise(() => {}));
      },
      { runTimeout: "1 s" },
    );
    const fleet = new Fleet([stuck]);
    const [here, elsewhere] = [fleet.process(), fleet.process()];
    const mine = await here.start("stuck");
    const own = await begin(here, await register(here));
    const theirs = await here.start("stuck");
    const other = await begin(elsewhere, await register(elsewhere));
    await fleet.world.advance(1_000);
    expect(await poll(here)).toEqual({ checked: 2 });
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    expect(await fleet.world.until(own.ends)).toMatchObject([{ outcome: "busy" }]);
    const { stages } = here.persistence.dump();
    for (const id of [mine, theirs]) {
      const row = stages.find((one) => one.runId === id);
      expect(row).toMatchObject({ status: "cancelled", fence: 2 });
    }
    expect(other.claimed).toHaveLength(1);
  });

  it("does not end a run that ends before it", async () => {
    const quick = fn("quick", async () => "done", { runTimeout: "1 s" });
    const h = new Harness([quick]);
    const id = await h.start("quick");
    await h.round();
    await h.world.advance(HOUR_MS);
    expect(await poll(h)).toEqual({ checked: 0 });
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
  });
});

describe("the start deadline of a stage", () => {
  const late = stage("late", async () => "ran", { startTimeout: "1 minute", queue: "slow" });
  const workflow = new WorkflowBuilder("w").pipe(stage("first")).pipe(late).build();

  it("cancels a run whose stage nobody has started by then, with the reason [59]", async () => {
    const h = new Harness([workflow]);
    const id = await h.start("w");
    const session = await register(h, { queues: ["default"], leaseTtlMs: HOUR_MS });
    const [claimed] = await claim(h, session);
    await h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! });
    await h.world.advance(MINUTE_MS - 1);
    expect(await poll(h)).toEqual({ checked: 0 });
    await h.world.advance(1);
    expect(await poll(h)).toEqual({ checked: 1 });
    expect(await h.kernel.query.getRun(id)).toMatchObject({
      status: "cancelled",
      actor: "engine",
      reason: expect.stringMatching(/E_START_EXPIRED.*"late"/),
    });
    expect(await claim(h, session, { queues: ["slow"] })).toEqual([]);
  });

  it("leaves a stage alone that was started in time", async () => {
    const sleeper = stage("sleeper", (ctx) => ctx.sleep("nap", "1 day"), {
      startTimeout: "1 minute",
    });
    const h = new Harness([new WorkflowBuilder("s").pipe(sleeper).build()]);
    const id = await h.start("s");
    await h.round();
    await h.world.advance(HOUR_MS);
    await poll(h);
    expect((await h.kernel.query.getRun(id)).status).toBe("waiting");
  });

  it("yields to a claim that comes between its reading and its writing", async () => {
    const fleet = new Fleet([workflow]);
    const worker = fleet.process();
    const id = await worker.start("w");
    await worker.round();
    const { stages } = worker.persistence.dump();
    expect(stages.every((row) => row.status === "completed")).toBe(true);
    const next = await worker.start("w");
    const session = await register(worker, { queues: ["default"], leaseTtlMs: HOUR_MS });
    const [first] = await claim(worker, session);
    await worker.kernel.dispatch({ type: "job.execute", session, claimed: first! });
    await fleet.world.advance(MINUTE_MS);
    let claimed = 0;
    const meanwhile = after("load", async () => {
      claimed += (await claim(worker, session)).length;
    });
    const h = fleet.process({ wrap: meanwhile });
    expect(await poll(h)).toEqual({ checked: 0 });
    expect(claimed).toBe(1);
    expect((await h.kernel.query.getRun(next)).status).toBe("running");
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
  });
});

describe("the start deadline of a run", () => {
  const build = (id: string, body: () => Promise<unknown>) =>
    new WorkflowBuilder(id, { startTimeout: "1 minute" }).pipe(stage("only", body)).build();

  it("cancels a run of which nothing has started by then [59]", async () => {
    const h = new Harness([build("w", async () => 1)]);
    const id = await h.start("w");
    await h.world.advance(MINUTE_MS - 1);
    await poll(h);
    expect((await h.kernel.query.getRun(id)).status).toBe("running");
    await h.world.advance(1);
    await poll(h);
    expect(await h.kernel.query.getRun(id)).toMatchObject({
      status: "cancelled",
      reason: expect.stringContaining("E_START_EXPIRED"),
    });
  });

  it("cancels a run when one of its first stages is not started in time [59]", async () => {
    const workflow = new WorkflowBuilder("w", { startTimeout: "1 minute" })
      .parallel([
        stage("quick", (ctx) => ctx.sleep("nap", "1 day")),
        stage("queued", undefined, { queue: "slow" }),
      ])
      .build();
    const h = new Harness([workflow]);
    const id = await h.start("w");
    const session = await register(h, { leaseTtlMs: HOUR_MS });
    const [claimed] = await claim(h, session, { queues: ["default"] });
    await h.world.until(h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! }));
    await h.world.advance(MINUTE_MS);
    await poll(h);
    expect((await h.kernel.query.getRun(id)).status).toBe("cancelled");
  });

  it("is looked at no more for runs that have started, however many", async () => {
    const h = new Harness([build("w", () => new Promise(() => {}))]);
    await h.start("w");
    await claim(h, await register(h));
    const late = await h.start("w");
    await h.world.advance(MINUTE_MS);
    await poll(h, 1);
    await poll(h, 1);
    expect((await h.kernel.query.getRun(late)).status).toBe("cancelled");
  });
});
