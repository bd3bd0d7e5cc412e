import { afterEach, expect, it, vi } from "vitest";
import { wholeOf } from "./whole-of.ts";

afterEach(() => void vi.unstubAllEnvs());

it("a variable that is not set leaves the number as it is", () => {
  vi.stubEnv("PROVE_IT", undefined);
  expect(wholeOf("PROVE_IT", 300, 1_000)).toBe(300);
  vi.stubEnv("PROVE_IT", "50");
  expect(wholeOf("PROVE_IT", 300, 1_000)).toBe(50);
});

it.each(["", "0", "abc", "-1", "1.5", "1e3", "1001"])("%j is refused", (text) => {
  vi.stubEnv("PROVE_IT", text);
  const says = `PROVE_IT takes a whole number from 1 to 1000, not "${text}".`;
  expect(() => wholeOf("PROVE_IT", 300, 1_000)).toThrow(says);
});
