import { expect, it } from "vitest";
import { problemsOf } from "./played.ts";

it("seeds 1 to 650 hold on memory [9, 10, 14, 33, 34]", { timeout: 120_000 }, async () => {
  expect(await problemsOf({ from: 1, to: 650 }, "memory")).toEqual([]);
});
