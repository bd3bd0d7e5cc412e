import { defineStage, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";

class Denied extends Error {
  override readonly name: string = "Denied";
}

/** How often a stage is tried whose step throws `Denied`, when its own policy denies `match`. */
async function attempts(match: string | typeof Denied): Promise<number> {
  let count = 0;
  const stage = defineStage({
    id: "a",
    schemas: {},
    retry: { maxAttempts: 3, initialDelay: 1, abortOn: [match] },
    async execute(ctx) {
      count += 1;
      await ctx.step(
        "throws",
        () => {
          throw new Denied("no");
        },
        { retry: { maxAttempts: 1 } },
      );
      return { output: 1 };
    },
  });
  const h = new Harness([new WorkflowBuilder("w").pipe(stage).build()]);
  await h.start("w");
  await h.drain();
  return count;
}

describe("a stage whose step threw an error that the stage's policy denies [54]", () => {
  it("is not tried again when it is denied by name", async () => {
    expect(await attempts("Denied")).toBe(1);
  });

  it("is not tried again when it is denied by class", async () => {
    expect(await attempts(Denied)).toBe(1);
  });
});
