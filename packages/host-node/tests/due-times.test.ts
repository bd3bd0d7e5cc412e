import { expect, it } from "vitest";
import { DueTimes } from "../src/due-times.ts";

function of(times: readonly number[]): DueTimes {
  const due = new DueTimes();
  for (const time of times) due.add(time);
  return due;
}

it("the earliest comes first, whatever the order in which they were added", () => {
  const due = of([30, 10, 20]);
  expect(due.next).toBe(10);
  expect(due.take(10)).toBe(true);
  expect(due.next).toBe(20);
});

it("takes all that is due and nothing else", () => {
  const due = of([10, 20, 20, 30]);
  expect(due.take(9)).toBe(false);
  expect(due.take(25)).toBe(true);
  expect(due.take(25)).toBe(false);
  expect(due.next).toBe(30);
});

it("keeps an instant once, and of too many the earliest", () => {
  const due = new DueTimes();
  for (let i = 0; i < 30_000; i++) due.add(i % 15_000);
  expect(due.size).toBe(10_000);
  due.take(9_998);
  expect(due.next).toBe(9_999);
  due.take(9_999);
  expect(due.next).toBeUndefined();
});
