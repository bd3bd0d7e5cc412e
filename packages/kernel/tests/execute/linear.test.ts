import { defineStage, defineWorkflow, WorkflowBuilder } from "@pawl/kernel";
import type { FaultyCall } from "@pawl/persistence-memory";
import { expect, it } from "vitest";
import { z } from "zod";
import { Harness } from "../support/harness.ts";

it("runs a function workflow with steps to its end [76]", async () => {
  const double = defineWorkflow({
    id: "double",
    input: z.object({ n: z.number() }),
    output: z.number(),
    async run(ctx, input) {
      const a = await ctx.step("a", () => input.n + 1);
      return ctx.step("b", () => a * 2);
    },
  });
  const h = new Harness([double]);
  const id = await h.start("double", { n: 20 });
  await h.drain();
  expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: 42 });
});

it("costs 1 + S·(K+1) commits for S stages of K steps [C1]", async () => {
  const stage = (id: string) =>
    defineStage({
      id,
      schemas: { input: z.number(), output: z.number() },
      async execute(ctx) {
        let n = ctx.input;
        for (let i = 0; i < 3; i++) n = await ctx.step("add", () => n + 1);
        return { output: n };
      },
    });
  const workflow = new WorkflowBuilder("three", { input: z.number() })
    .pipe(stage("one"))
    .pipe(stage("two"))
    .pipe(stage("three"))
    .build();
  let commits = 0;
  const h = new Harness([workflow], {
    wrap: (persistence) => ({
      ...persistence,
      commit: (plan) => {
        commits += 1;
        return persistence.commit(plan);
      },
    }),
  });
  await h.session();
  commits = 0;
  const id = await h.start("three", 0);
  await h.drain();
  expect(commits).toBe(1 + 3 * (3 + 1));
  expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: 9 });
});

it("sleeps without a worker and goes on after [19, 76]", async () => {
  const effects: string[] = [];
  const nap = defineWorkflow({
    id: "nap",
    async run(ctx) {
      await ctx.step("before", () => void effects.push("before"));
      await ctx.sleep("zzz", "1 hour");
      await ctx.step("after", () => void effects.push("after"));
      return ctx.now();
    },
  });
  const h = new Harness([nap]);
  const started = h.world.now;
  const id = await h.start("nap");
  await h.round();
  const [stage] = h.persistence.dump().stages;
  expect(stage).toMatchObject({ status: "suspended", session: null });
  await h.drain();
  expect(effects).toEqual(["before", "after"]);
  const run = await h.kernel.query.getRun(id);
  expect(run.status).toBe("completed");
  expect(run.output).toBe(started + 3_600_000);
});

it("a sticky stage begins at the instant that is stored, though the answer was lost", async () => {
  const seen: number[] = [];
  const quick = defineStage({ id: "one", schemas: {}, execute: async () => ({ output: 1 }) });
  const timed = defineStage({
    id: "two",
    schemas: {},
    async execute(ctx) {
      seen.push(ctx.now());
      await ctx.sleep("nap", 60_000);
      return { output: 2 };
    },
  });
  const workflow = new WorkflowBuilder("w").pipe(quick).pipe(timed).build();
  let hits = 0;
  const lost = ({ plan }: FaultyCall) => {
    const ends = plan?.events.some(({ type }) => type === "stage.completed");
    return ends && hits++ === 0 ? ("ambiguousApplied" as const) : undefined;
  };
  const h = new Harness([workflow], { faults: lost });
  const id = await h.start("w");
  await h.drain();
  expect(await h.kernel.query.getRun(id)).toMatchObject({ status: "completed", output: 2 });
  expect(hits).toBeGreaterThan(1);
  expect(seen).toEqual([seen[0], seen[0]]);
});
