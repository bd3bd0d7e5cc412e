import { type AnyWorkflow, checkInvariants, WorkflowBuilder } from "@pawl/kernel";
import { type CommitPlan, isOpenStage } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { register } from "./fleet.ts";
import { sinks, stage } from "./workflows.ts";

const WIDE = 300;
const MINUTE_MS = 60_000;

/** A harness that keeps the plans which it commits and what it loads for them. */
function observed(workflows: readonly AnyWorkflow[]) {
  const plans: CommitPlan[] = [];
  const loads: object[] = [];
  const h = new Harness(workflows, {
    wrap: (persistence) => ({
      ...persistence,
      load: (runId, need) => {
        loads.push(need);
        return persistence.load(runId, need);
      },
      commit: (plan) => {
        plans.push(plan);
        return persistence.commit(plan);
      },
    }),
  });
  return { h, plans, loads };
}

const holds = (h: Harness) => expect(checkInvariants(h.persistence.dump())).toEqual([]);
const stagesOf = (h: Harness) => h.persistence.dump().stages;

/** Sinks of which some sleep, with a limit for the run and for the start of the others. */
const napping = (n: number): AnyWorkflow =>
  new WorkflowBuilder("napping", { runTimeout: "10 minutes" })
    .parallel(
      Array.from({ length: n }, (_, i) =>
        stage(`nap-${i}`, (ctx) => ctx.sleep("nap", "1 hour"), {
          startTimeout: "1 minute",
          ...(i >= 50 ? { queue: "slow" } : {}),
        }),
      ),
    )
    .build();

describe("a run with many open stages", () => {
  it.each(["run.cancel", "run.terminate"] as const)("%s: as one with few", async (type) => {
    const sizes: number[] = [];
    for (const wide of [2, WIDE]) {
      const { h, plans, loads } = observed([napping(wide)]);
      const workflowRunId = await h.start("napping");
      await h.round();
      const fences = stagesOf(h).map(({ fence }) => fence);
      plans.length = 0;
      loads.length = 0;
      await h.kernel.dispatch({ type, workflowRunId });
      expect(plans).toHaveLength(1);
      expect(loads).toEqual([{}]);
      sizes.push(plans[0]?.writes.length ?? 0, JSON.stringify(plans[0]?.events).length);
      const stages = stagesOf(h);
      expect(stages.filter(({ status }) => status !== "cancelled")).toEqual([]);
      expect(stages.map(({ fence }) => fence)).toEqual(fences.map((fence) => fence + 1));
      expect(h.persistence.dump().waits.length).toBe(Math.min(wide, 50));
      holds(h);
    }
    expect(sizes.slice(2)).toEqual(sizes.slice(0, 2));
  });

  it("is paused and resumed by as many writes as one with few", async () => {
    const { h, plans, loads } = observed([sinks(WIDE)]);
    const workflowRunId = await h.start("sinks");
    plans.length = 0;
    loads.length = 0;
    await h.kernel.dispatch({ type: "run.pause", workflowRunId });
    expect(stagesOf(h).every(({ held }) => held)).toBe(true);
    holds(h);
    await h.kernel.dispatch({ type: "run.resume", workflowRunId });
    expect(stagesOf(h).some(({ held }) => held)).toBe(false);
    holds(h);
    expect(plans.map(({ writes }) => writes.length)).toEqual([3, 3]);
    expect(loads).toEqual([{}, {}]);
  });

  it.each([
    ["its own", 10 * MINUTE_MS, "failed", {}],
    ["that of a stage nobody started", MINUTE_MS, "cancelled", { stages: [expect.anything()] }],
  ])("ends at a limit, %s, reading no other stage", async (_, ms, status, need) => {
    const { h, plans, loads } = observed([napping(WIDE)]);
    const id = await h.start("napping");
    const session = await register(h, { leaseTtlMs: 60 * MINUTE_MS });
    if (status === "failed") {
      for (const queues of [["default"], ["slow"]]) {
        for (let i = 0; i < WIDE / 50; i++) {
          await h.kernel.dispatch({ type: "job.claim", session, limit: 50, queues });
        }
      }
    }
    await h.world.advance(ms);
    plans.length = 0;
    loads.length = 0;
    await h.kernel.dispatch({ type: "stage.pollSuspended", limit: 1 });
    expect((await h.kernel.query.getRun(id)).status).toBe(status);
    expect(plans.map(({ writes }) => writes.length)).toEqual([3]);
    expect(loads).toEqual([need]);
    expect(stagesOf(h).filter((row) => isOpenStage(row.status))).toEqual([]);
    holds(h);
  });

  it("that one stage fails is ended by as many writes as one with few", async () => {
    const sizes: number[] = [];
    for (const wide of [3, WIDE]) {
      const bad = stage("bad", async () => Promise.reject(new Error("no")), {
        queue: "bad",
        retry: { maxAttempts: 1 },
      });
      const others = Array.from({ length: wide }, (_, i) => stage(`s-${i}`));
      const { h, plans } = observed([new WorkflowBuilder("w").parallel([bad, ...others]).build()]);
      const id = await h.start("w");
      const session = await h.session();
      const [claimed] = await h.kernel.dispatch({
        type: "job.claim",
        session,
        limit: 1,
        queues: ["bad"],
      });
      await h.kernel.dispatch({ type: "job.execute", session, claimed: claimed! });
      expect((await h.kernel.query.getRun(id)).status).toBe("failed");
      sizes.push(plans.at(-1)?.writes.length ?? 0);
      expect(stagesOf(h).filter((row) => row.status === "cancelled")).toHaveLength(wide);
      holds(h);
    }
    expect(sizes[1]).toBe(sizes[0]);
  });

  it("ends with its last stage by nothing of the sort", async () => {
    const { h, plans } = observed([sinks(20), new WorkflowBuilder("one").pipe(stage("s")).build()]);
    for (const id of ["sinks", "one"]) await h.start(id);
    await h.drain();
    const ops = new Set(plans.flatMap(({ writes }) => writes.map(({ op }) => op)));
    expect([...ops].filter((op) => op === "updateStages" || op === "closeWaits")).toEqual([]);
    expect(h.persistence.dump().runs.map(({ status }) => status)).toEqual([
      "completed",
      "completed",
    ]);
  });
});
