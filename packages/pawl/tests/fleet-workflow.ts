import { defineStage, type Workflow, WorkflowBuilder } from "../src/index.ts";

/** Three stages of three steps, with a sleep in the middle. */
export function fleetWorkflow(effect: (key: string) => void): Workflow<unknown, unknown> {
  const stage = (id: string, sleepMs: number) =>
    defineStage({
      id,
      schemas: {},
      async execute(ctx) {
        for (const step of ["a", "b", "c"]) {
          await ctx.step(step, ({ idempotencyKey }) => effect(idempotencyKey));
        }
        if (sleepMs > 0) await ctx.sleep("rest", sleepMs);
        return { output: id };
      },
    });
  return new WorkflowBuilder("fleet")
    .pipe(stage("one", 0))
    .pipe(stage("two", 20))
    .pipe(stage("three", 0))
    .build();
}
