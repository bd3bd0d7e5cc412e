import { type AnyWorkflow, WorkflowBuilder } from "@pawl/kernel";
import type { CommitPlan } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Harness } from "../support/harness.ts";
import { eventTypes, Fleet } from "./fleet.ts";
import { fan, nap, sinks, stage } from "./workflows.ts";

const isStrict = (plan: CommitPlan): boolean => plan.guards.some(({ kind }) => kind === "rev");
const transition = (h: Harness, workflowRunId: string) =>
  h.kernel.dispatch({ type: "run.transition", workflowRunId });

/** Runs whose last counting commit was made by a process that died before what follows it. */
async function stranded(
  workflow: AnyWorkflow,
  runs = 1,
): Promise<{ fleet: Fleet; runId: string; runIds: readonly string[] }> {
  const fleet = new Fleet([workflow]);
  let dying = false;
  const victim = fleet.process({
    faults: ({ plan }) => (dying && plan && isStrict(plan) ? "unavailable" : undefined),
  });
  const runIds: string[] = [];
  for (let i = 0; i < runs; i++) runIds.push(await victim.start(workflow.id));
  if (workflow.graph.nodes.has("root")) await victim.round();
  dying = true;
  await victim.round();
  return { fleet, runId: runIds[0] ?? "", runIds };
}

describe("a run whose worker died between its last branch and the join", () => {
  it("goes on when it is driven again, once", async () => {
    const { fleet, runId } = await stranded(fan(3));
    const h = fleet.process();
    const join = () => h.persistence.dump().stages.find((row) => row.stageId === "join");
    expect(join()).toMatchObject({ status: "blocked", joinPending: 0 });
    expect(await transition(h, runId)).toMatchObject({ changed: true, status: "running" });
    expect(join()).toMatchObject({ status: "ready" });
    const { rev } = await h.kernel.query.getRun(runId);
    expect(await transition(h, runId)).toMatchObject({ changed: false, status: "running" });
    expect((await h.kernel.query.getRun(runId)).rev).toBe(rev);
    await h.drain();
    expect(await h.kernel.query.getRun(runId)).toMatchObject({
      status: "completed",
      output: "join",
    });
  });

  it("goes on by maintenance alone [44]", async () => {
    const { fleet, runId } = await stranded(fan(3));
    const h = fleet.process();
    expect(await h.kernel.maintain()).toMatchObject({ suspendedChecked: 1 });
    await h.drain();
    expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
  });

  it("is found however old it is, page by page, and opened once [44]", async () => {
    const { fleet, runIds } = await stranded(fan(2), 5);
    await fleet.world.advance(10 * 365 * 86_400_000);
    const h = fleet.process({ limits: { sweepRows: 2 } });
    const checked: number[] = [];
    for (let i = 0; i < 4; i++) checked.push((await h.kernel.maintain()).suspendedChecked);
    expect(checked).toEqual([2, 2, 1, 0]);
    for (const id of runIds) {
      expect(eventTypes(h, id).filter((type) => type === "stage.released")).toHaveLength(1);
    }
    await h.drain();
    for (const id of runIds) expect((await h.kernel.query.getRun(id)).status).toBe("completed");
  });

  it("is opened once though others sweep and work beside [44]", async () => {
    const { fleet, runIds } = await stranded(fan(2), 4);
    const [worker, ...sweepers] = [fleet.process(), fleet.process(), fleet.process()];
    const fresh = [await worker.start("fan"), await worker.start("fan")];
    const sweep = async (h: Harness): Promise<void> => {
      for (let i = 0; i < 20; i++) await h.kernel.maintain({ thorough: true });
    };
    await Promise.all([worker.drain(), ...sweepers.map(sweep)]);
    await worker.drain();
    for (const id of [...runIds, ...fresh]) {
      expect((await worker.kernel.query.getRun(id)).status).toBe("completed");
      expect(eventTypes(worker, id).filter((type) => type === "stage.released")).toHaveLength(1);
    }
  });

  it("is opened once by two processes that drive it at once", async () => {
    const { fleet, runId } = await stranded(fan(2));
    const [a, b] = [fleet.process(), fleet.process()];
    const driven = await Promise.all([transition(a, runId), transition(b, runId)]);
    expect(driven.filter((one) => one.changed)).toHaveLength(1);
    expect(eventTypes(a, runId).filter((type) => type === "stage.released")).toHaveLength(1);
  });
});

describe("a run whose worker died after its last sink", () => {
  it("ends when it is driven again, with the outputs of its sinks", async () => {
    const { fleet, runId } = await stranded(sinks(2));
    const h = fleet.process();
    expect((await h.kernel.query.getRun(runId)).status).toBe("running");
    expect(await transition(h, runId)).toMatchObject({ changed: true, status: "completed" });
    const run = await h.kernel.query.getRun(runId);
    expect(run).toMatchObject({
      status: "completed",
      output: { "sink-0": "sink-0", "sink-1": "sink-1" },
    });
    expect(await transition(h, runId)).toMatchObject({ changed: false, status: "completed" });
  });

  it("ends by maintenance alone [44]", async () => {
    const { fleet, runId } = await stranded(sinks(3));
    const h = fleet.process();
    await h.kernel.maintain({ thorough: true });
    expect((await h.kernel.query.getRun(runId)).status).toBe("completed");
  });
});

it("changes nothing of a run that is on its way, waits or has ended", async () => {
  const h = new Harness([fan(2), nap]);
  const running = await h.start("fan");
  const waiting = await h.start("nap");
  await h.kernel.dispatch({ type: "job.claim", session: await h.session(), limit: 1 });
  const before = h.persistence.dump();
  for (const id of [running, waiting]) {
    expect(await transition(h, id)).toMatchObject({ changed: false, status: "running" });
  }
  expect(h.persistence.dump()).toEqual(before);
  const ended = new Harness([fan(2)]);
  const id = await ended.start("fan");
  await ended.drain();
  const { rev } = await ended.kernel.query.getRun(id);
  expect(await transition(ended, id)).toMatchObject({ changed: false, status: "completed" });
  expect((await ended.kernel.query.getRun(id)).rev).toBe(rev);
});

describe("what user code says about the end of several branches", () => {
  it("fails the run when the outputs of its sinks do not fit its schema [131]", async () => {
    const workflow = new WorkflowBuilder("w", { output: z.object({ a: z.number() }) })
      .parallel([stage("a"), stage("b")])
      .build();
    const h = new Harness([workflow]);
    const id = await h.start("w");
    await h.drain();
    expect(await h.kernel.query.getRun(id)).toMatchObject({
      status: "failed",
      failure: { code: "E_OUTPUT_INVALID" },
    });
  });

  it("fails the run when the condition of the join throws", async () => {
    const workflow = new WorkflowBuilder("w")
      .parallel([stage("a"), stage("b")])
      .stage(stage("join") as never, {
        after: ["a", "b"] as never,
        when: () => {
          throw new Error("not total");
        },
      })
      .build();
    const h = new Harness([workflow]);
    const id = await h.start("w");
    await h.drain();
    const { status, failure } = await h.kernel.query.getRun(id);
    expect(status).toBe("failed");
    expect(failure?.message).toContain('The condition of stage "join" threw: not total. ');
  });
});
