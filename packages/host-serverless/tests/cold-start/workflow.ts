import { type AnyWorkflow, defineWorkflow } from "@pawl/kernel";

/** Two steps: what a first invocation does. */
export const greet: AnyWorkflow = defineWorkflow({
  id: "greet",
  async run(ctx, name: unknown) {
    const text = await ctx.step("text", () => `Hello ${name}`);
    return ctx.step("length", () => text.length);
  },
});
