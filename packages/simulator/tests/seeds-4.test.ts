import { expect, it } from "vitest";
import { problemsOf } from "./played.ts";

it("seeds 1851 to 2000 hold on sqlite", { timeout: 120_000 }, async () => {
  expect(await problemsOf({ from: 1851, to: 2000 }, "sqlite")).toEqual([]);
});
