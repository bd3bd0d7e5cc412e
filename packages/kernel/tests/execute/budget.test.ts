import { defineStage, defineWorkflow, type ExecutionBudget, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";

/** A budget that a test spends. */
function openBudget(): ExecutionBudget & { spend(): void; end(): void } {
  let spend = (): void => {};
  let end = (): void => {};
  const spent = new Promise<void>((resolve) => {
    spend = resolve;
  });
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { spent, over, spend: () => spend(), end: () => end() };
}

async function claimOne(h: Harness) {
  const session = await h.session();
  const [claimed] = await h.kernel.dispatch({ type: "job.claim", session, limit: 1 });
  if (!claimed) throw new Error("there is nothing to claim");
  return { type: "job.execute", session, claimed } as const;
}

const keysOf = (h: Harness) => h.persistence.dump().steps.map(({ key }) => key);

describe("a budget that is spent", () => {
  it("lets the running step end, begins none after it, and gives the stage back", async () => {
    const budget = openBudget();
    const ran: string[] = [];
    const workflow = defineWorkflow({
      id: "w",
      async run(ctx) {
        for (const key of ["a", "b", "c"]) {
          await ctx.step(key, () => {
            ran.push(key);
            if (key === "b") budget.spend();
          });
        }
        return "done";
      },
    });
    const h = new Harness([workflow]);
    const runId = await h.start("w");
    const job = await claimOne(h);
    const executed = await h.world.until(h.kernel.dispatch({ ...job, budget }));
    expect(executed).toMatchObject({ outcome: "suspended", retryAt: h.world.now });
    expect(keysOf(h)).toEqual(["a", "b"]);
    expect(h.persistence.dump().stages).toMatchObject([{ status: "ready", session: null }]);
    await h.drain();
    expect(ran).toEqual(["a", "b", "c"]);
    expect(await h.kernel.query.getRun(runId)).toMatchObject({
      status: "completed",
      output: "done",
    });
  });

  it("keeps this session from going on with the next stage", async () => {
    const budget = openBudget();
    const stage = <const Id extends string>(id: Id) =>
      defineStage({
        id,
        schemas: {},
        async execute(ctx) {
          await ctx.step(id, () => budget.spend());
          return { output: id };
        },
      });
    const h = new Harness([new WorkflowBuilder("w").pipe(stage("one")).pipe(stage("two")).build()]);
    await h.start("w");
    const job = await claimOne(h);
    const executed = await h.world.until(h.kernel.dispatch({ ...job, budget }));
    expect(executed).toMatchObject({ outcome: "completed", stages: 1 });
    expect(keysOf(h)).toEqual(["one"]);
  });

  it("before anything began begins nothing", async () => {
    const budget = openBudget();
    budget.spend();
    const h = new Harness([defineWorkflow({ id: "w", run: (ctx) => ctx.step("a", () => 1) })]);
    await h.start("w");
    const job = await claimOne(h);
    await h.world.until(h.kernel.dispatch({ ...job, budget }));
    expect(keysOf(h)).toEqual([]);
    expect(h.persistence.dump().stages).toMatchObject([{ status: "ready" }]);
  });
});

it("a budget that is over aborts the running step, which runs again later", async () => {
  const budget = openBudget();
  const aborted: boolean[] = [];
  const workflow = defineWorkflow({
    id: "w",
    run: (ctx) =>
      ctx.step("long", async ({ abortSignal }) => {
        if (aborted.length > 0) return "at last";
        budget.end();
        await new Promise((resolve) => {
          (abortSignal as AbortSignal).addEventListener("abort", resolve);
        });
        aborted.push(abortSignal.aborted);
        return "too late";
      }),
  });
  const h = new Harness([workflow]);
  const runId = await h.start("w");
  const job = await claimOne(h);
  expect(await h.world.until(h.kernel.dispatch({ ...job, budget }))).toMatchObject({
    outcome: "suspended",
  });
  expect(aborted).toEqual([true]);
  expect(keysOf(h)).toEqual([]);
  await h.drain();
  const { output } = await h.kernel.query.getRun(runId);
  expect(output).toBe("at last");
  expect((await h.kernel.query.getTimeline(runId)).attempts).toEqual([]);
});
