import { expect, it } from "vitest";
import { playShare } from "./crash-points.ts";

it("a crash at any port call changes nothing, share 1 [126]", { timeout: 120_000 }, async () => {
  const { points, found } = await playShare({ adapter: "memory", share: 0, of: 2 });
  expect(found).toEqual([]);
  expect(points).toBeGreaterThan(2_000);
});
