import { expect, it } from "vitest";
import { measured } from "../src/processes/measurement.ts";

const idle = {
  workload: "idle",
  engine: "pawl",
  store: "sqlite",
  synchronous: "FULL",
  quick: false,
} as const;

it("a measurement that takes too long is given up", async () => {
  const { signal } = new AbortController();
  await expect(measured(idle, { signal, limitMs: 200 })).rejects.toThrow(/given up after 0\.2 s/);
});
