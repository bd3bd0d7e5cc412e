import { expect, it } from "vitest";
import { problemsOf } from "./played.ts";

it("seeds 1301 to 1850 hold on memory", { timeout: 120_000 }, async () => {
  expect(await problemsOf({ from: 1301, to: 1850 }, "memory")).toEqual([]);
});
