import { defineWorkflow, type Workflow } from "../src/index.ts";

export interface Counting {
  /** Called in the body of a step with its key for side effects. */
  mark(line: string): Promise<void>;
  /** Called when a step's record is there. */
  recorded(step: string): Promise<void>;
}

/** Three steps, one after the other. */
export function countedWorkflow({ mark, recorded }: Counting): Workflow<unknown, unknown> {
  return defineWorkflow({
    id: "counted",
    async run(ctx, input) {
      const values: unknown[] = [];
      for (const step of ["first", "second", "third"]) {
        const value = await ctx.step(step, async ({ idempotencyKey }) => {
          await mark(`${step} ${idempotencyKey}`);
          return { step, at: new Date(Number(input)), n: Number(input) * 2 };
        });
        values.push(value);
        await recorded(step);
      }
      return values;
    },
  });
}
