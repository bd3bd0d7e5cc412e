import { defineStage, TerminalError, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Harness } from "../support/harness.ts";
import { Fleet, LEASE_MS, register } from "./fleet.ts";
import { echo, fn, nap, stage } from "./workflows.ts";

const failing = async (): Promise<never> => {
  throw new TerminalError("no");
};

const failingOnce = () => {
  let bodies = 0;
  return async () => {
    bodies += 1;
    if (bodies === 1) throw new Error("not yet");
  };
};

describe("a failed run tells where it failed", () => {
  const failedAt = async (workflow: ReturnType<typeof fn>, input?: unknown): Promise<unknown> => {
    const h = new Harness([workflow]);
    const id = await h.start(workflow.id, input);
    await h.drain();
    const run = await h.kernel.query.getRun(id);
    expect(run.status).toBe("failed");
    return run.failedAt;
  };

  it("by stage, when its body threw", async () => {
    const workflow = new WorkflowBuilder("w").pipe(stage("a")).pipe(stage("b", failing)).build();
    expect(await failedAt(workflow)).toEqual({ stageId: "b", step: null });
  });

  it("by step, when that was what failed the stage, at its last attempt too", async () => {
    const workflow = fn("w", async (ctx) => {
      await ctx.step("fine", () => 1);
      await ctx.step("charge", () => {
        throw new Error("again");
      });
    });
    expect(await failedAt(workflow)).toEqual({ stageId: "main", step: "charge" });
  });

  it("by occurrence, when a key came before", async () => {
    const workflow = fn("w", async (ctx) => {
      for (const at of [0, 1]) await ctx.step("charge", () => (at === 1 ? failing() : at));
    });
    expect(await failedAt(workflow)).toEqual({ stageId: "main", step: "charge#1" });
  });

  it("by step, when the body put its error into another", async () => {
    const workflow = fn("w", async (ctx) => {
      await ctx.step("charge", failing).catch((cause) => {
        throw new Error("order failed", { cause });
      });
    });
    expect(await failedAt(workflow)).toEqual({ stageId: "main", step: "charge" });
  });

  it("by stage alone, when the body had caught the error of its step", async () => {
    const workflow = fn("w", async (ctx) => {
      await ctx.step("charge", failing).catch(() => undefined);
      throw new Error("something else");
    });
    expect(await failedAt(workflow)).toEqual({ stageId: "main", step: null });
  });

  it("by the stage that failed the run, not by one that was let go", async () => {
    const workflow = new WorkflowBuilder("w")
      .pipe(
        defineStage({
          id: "let-go",
          schemas: {},
          onFailure: "continue",
          execute: () => Promise.reject(new TerminalError("never mind")),
        }),
      )
      .stage(stage("b", failing))
      .build();
    expect(await failedAt(workflow)).toEqual({ stageId: "b", step: null });
  });

  it("by stage, when an input did not fit", async () => {
    const workflow = new WorkflowBuilder("w")
      .pipe(
        defineStage({
          id: "a",
          schemas: { input: z.unknown().pipe(z.number()) },
          execute: async () => ({ output: 1 }),
        }),
      )
      .build();
    expect(await failedAt(workflow, "x")).toEqual({ stageId: "a", step: null });
  });

  it("but not when it failed as a whole, nor when it did not fail", async () => {
    const h = new Harness([fn("w", (ctx) => ctx.sleep("long", "1 day"), { runTimeout: 5 }), echo]);
    const ids = [await h.start("w"), await h.start("echo")];
    await h.drain();
    const runs = await Promise.all(ids.map((id) => h.kernel.query.getRun(id)));
    expect(runs).toMatchObject([
      { status: "failed", failedAt: null },
      { status: "completed", failedAt: null },
    ]);
  });
});

describe("a run that nobody can go on with says so, when asked", () => {
  const asked = async (h: Harness, id: string): Promise<unknown> =>
    (await h.kernel.query.getRun(id, { workers: true })).noCompatibleWorker;
  const { definition } = nap;

  it("while no worker is live, and no longer when one is", async () => {
    const fleet = new Fleet([nap]);
    const h = fleet.process();
    const id = await h.start("nap");
    const nobody = { definition, queues: ["default"], workers: 0, others: [] };
    expect(await asked(h, id)).toEqual(nobody);
    expect((await h.kernel.query.getRun(id)).noCompatibleWorker).toBeNull();
    await register(h);
    expect(await asked(h, id)).toBeNull();
    await fleet.world.advance(LEASE_MS + 1);
    expect(await asked(h, id)).toEqual(nobody);
  });

  it("while every live worker has another version, and names what they have", async () => {
    const fleet = new Fleet([nap]);
    const starter = fleet.process();
    const newer = fn("nap", async () => 1, { version: "2" });
    const id = await starter.start("nap");
    await register(fleet.process({}, [newer, echo]));
    expect(await asked(starter, id)).toEqual({
      definition,
      queues: ["default"],
      workers: 1,
      others: [newer.definition, echo.definition],
    });
  });

  it("while it sleeps too, and while its queue is served by none", async () => {
    const fleet = new Fleet([nap]);
    const h = fleet.process();
    const id = await h.start("nap");
    await h.round();
    expect((await h.kernel.query.getRun(id)).status).toBe("waiting");
    const elsewhere = await h.start("nap", undefined, { queue: "slow" });
    expect(await asked(h, id)).toBeNull();
    const served = fleet.process();
    await register(served, { queues: ["default"] });
    await h.kernel.dispatch({ type: "worker.deregister", session: await h.session() });
    expect(await asked(h, id)).toBeNull();
    expect(await asked(h, elsewhere)).toEqual({
      definition,
      queues: ["slow"],
      workers: 1,
      others: [],
    });
  });

  it("but not once it has ended, or is paused", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    const [ended, paused] = [await h.start("echo"), await h.start("echo")];
    await h.kernel.dispatch({ type: "run.pause", workflowRunId: paused });
    await h.drain();
    await h.kernel.dispatch({ type: "worker.deregister", session: await h.session() });
    expect(await asked(h, ended)).toBeNull();
    expect(await asked(h, paused)).toBeNull();
  });
});

describe("a run that goes on tells what its open stages wait for, when asked", () => {
  const asked = async (h: Harness, id: string) =>
    (await h.kernel.query.getRun(id, { openStages: true })).openStages;

  it("a worker, the end of its body, or stages before it", async () => {
    const workflow = new WorkflowBuilder("w")
      .parallel([stage("a"), stage("b")])
      .pipe(stage("c"))
      .build();
    const h = new Harness([workflow]);
    const id = await h.start("w");
    const session = await h.session();
    const [claimed] = await h.kernel.dispatch({ type: "job.claim", session, limit: 1 });
    const startedAt = h.world.now;
    expect(await asked(h, id)).toEqual([
      { stageId: "a", waitsFor: "body", startedAt },
      { stageId: "b", waitsFor: "worker" },
      { stageId: "c", waitsFor: "stages", stageIds: ["a", "b"] },
    ]);
    await h.world.until(h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! }));
    expect(await asked(h, id)).toContainEqual({
      stageId: "c",
      waitsFor: "stages",
      stageIds: ["b"],
    });
    await h.drain();
    expect(await asked(h, id)).toEqual([]);
    expect((await h.kernel.query.getRun(id)).openStages).toBeNull();
  });

  it("an instant: the end of its sleep, or its next attempt", async () => {
    const again = fn("again", failingOnce(), { retry: { maxAttempts: 2, initialDelay: "1 day" } });
    const h = new Harness([nap, again]);
    const ids = [await h.start("nap"), await h.start("again")];
    await h.round();
    const [sleeping, waiting] = await Promise.all(ids.map((id) => asked(h, id)));
    expect(sleeping).toEqual([
      { stageId: "main", waitsFor: "instant", instant: expect.any(Number) },
    ]);
    expect(waiting).toEqual([
      { stageId: "main", waitsFor: "instant", instant: expect.any(Number) },
    ]);
  });

  it("a pending one has none yet, and says when it starts", async () => {
    const h = new Harness([echo]);
    const startAt = h.world.now + 5_000;
    const id = await h.start("echo", undefined, { startAt });
    expect(await h.kernel.query.getRun(id, { openStages: true })).toMatchObject({
      status: "pending",
      startAt,
      openStages: [],
    });
  });
});
