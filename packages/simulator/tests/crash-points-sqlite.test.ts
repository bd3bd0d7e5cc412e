import { expect, it } from "vitest";
import { playShare } from "./crash-points.ts";

it("every seventh point holds on SQLite", { timeout: 120_000 }, async () => {
  const { points, found } = await playShare({ adapter: "sqlite", share: 0, of: 1, every: 7 });
  expect(found).toEqual([]);
  expect(points).toBeGreaterThan(600);
});
