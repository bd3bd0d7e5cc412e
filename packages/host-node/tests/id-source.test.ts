import { expect, it } from "vitest";
import { createIdSource } from "../src/index.ts";

it("ids are ULIDs that rise, even in one millisecond and when the clock steps back", () => {
  const times = [5_000, 5_000, 5_000, 4_000, 6_000];
  const { newId } = createIdSource({ clock: { now: () => times.shift() ?? 7_000 } });
  const ids = Array.from({ length: 2_000 }, newId);
  expect(ids.every((id) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
});

it("two sources in one millisecond never give the same id", () => {
  const clock = { now: () => 5_000 };
  const [a, b] = [createIdSource({ clock }), createIdSource({ clock })];
  expect(a.newId().slice(10)).not.toBe(b.newId().slice(10));
});

it("chance is spread over [0, 1)", () => {
  const { random } = createIdSource();
  const numbers = Array.from({ length: 4_000 }, random);
  expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
  const mean = numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
  expect(new Set(numbers).size).toBeGreaterThan(3_990);
});
