import { expect, it } from "vitest";
import { problemsOf } from "./played.ts";

it("seeds 651 to 1300 hold on memory", { timeout: 120_000 }, async () => {
  expect(await problemsOf({ from: 651, to: 1300 }, "memory")).toEqual([]);
});
