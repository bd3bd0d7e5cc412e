import {
  type AnyWorkflow,
  type DurableContext,
  defineStage,
  defineWorkflow,
  type StageOptions,
  WorkflowBuilder,
  type WorkflowOptions,
} from "@pawl/kernel";
import type { Gate } from "./fleet.ts";

type Run = (ctx: DurableContext, input: unknown) => Promise<unknown>;
type FunctionOptions = Omit<WorkflowOptions, "startTimeout"> & Omit<StageOptions, "startTimeout">;

export const fn = (id: string, run: Run, options: FunctionOptions = {}): AnyWorkflow =>
  defineWorkflow({ id, run: (ctx, input) => run(ctx, input), ...options });

/** Answers its input. */
export const echo: AnyWorkflow = fn("echo", async (_ctx, input) => input);

/** Sleeps an hour and answers. */
export const nap: AnyWorkflow = fn("nap", async (ctx) => {
  await ctx.sleep("nap", "1 hour");
  return "rested";
});

/** A stage that waits at the gate inside a step, then does another; `done` counts bodies. */
export const gated = (gate: Gate, done: string[] = []): AnyWorkflow =>
  fn("gated", async (ctx) => {
    await ctx.step("first", async () => {
      await gate.passed;
      done.push("first");
    });
    await ctx.step("second", () => void done.push("second"));
    return "through";
  });

export const stage = (
  id: string,
  execute: (ctx: DurableContext) => Promise<unknown> = async () => id,
  options: StageOptions = {},
): ReturnType<typeof defineStage> =>
  defineStage({
    id,
    schemas: {},
    execute: async (ctx) => ({ output: (await execute(ctx as DurableContext)) as never }),
    ...options,
  });

/** A root, `n` branches and a join. */
export function fan(n: number, options: StageOptions = {}): AnyWorkflow {
  const branches = Array.from({ length: n }, (_, i) => stage(`branch-${i}`, undefined, options));
  return new WorkflowBuilder("fan")
    .pipe(stage("root"))
    .parallel(branches)
    .pipe(stage("join"))
    .build();
}

/** Branches that end the run themselves: several sinks. */
export const sinks = (n: number): AnyWorkflow =>
  new WorkflowBuilder("sinks")
    .parallel(Array.from({ length: n }, (_, i) => stage(`sink-${i}`)))
    .build();
