import { type AnyWorkflow, defineWorkflow } from "@pawl/kernel";

/** A run of so many steps, each of which calls `body`. */
export const steps = (
  count: number,
  body: (key: string) => unknown = () => undefined,
): AnyWorkflow =>
  defineWorkflow({
    id: "steps",
    async run(ctx) {
      for (let n = 1; n <= count; n++) await ctx.step(`s${n}`, () => body(`s${n}`));
      return "done";
    },
  });

/** Keys of so many steps, sorted as text. */
export const keysOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `s${n + 1}`).sort();
