/** Starts a run that never gets beyond its second step, and says so when it is there. */
import { defineWorkflow, pawl } from "../src/index.ts";

const [directory = ""] = process.argv.slice(2);
const halfway = defineWorkflow({
  id: "halfway",
  async run(ctx) {
    const first = await ctx.step("first", () => process.pid);
    await ctx.step("second", () => new Promise<void>(() => process.send?.(id)));
    return first;
  },
});
const app = await pawl({ workflows: [halfway], directory, environment: {} });
const { id } = await app.start(halfway, undefined);
