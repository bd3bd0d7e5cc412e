import { expect, it } from "vitest";
import { medianOf, percentileOf, spreadOf } from "../src/statistics/spread.ts";
import { gapsOf, mediansOf, windowMedians } from "../src/statistics/windows.ts";

it("the median is the value in the middle, or between the two in the middle", () => {
  expect(medianOf([30, 10, 20])).toBe(20);
  expect(medianOf([40, 10, 20, 30])).toBe(25);
  expect(medianOf([10, 9, 100])).toBe(10);
});

it("a spread is the median between the least and the most", () => {
  expect(spreadOf([5, 1, 9, 2])).toEqual({ median: 3.5, min: 1, max: 9 });
  expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
});

it("nothing has no median", () => {
  for (const of of [medianOf, spreadOf]) expect(() => of([])).toThrow(RangeError);
  expect(() => percentileOf([], 50)).toThrow(RangeError);
});

it.each([
  [50, 50],
  [95, 95],
  [99, 99],
  [99.5, 100],
  [100, 100],
  [0, 1],
])("the %d th percentile of 1 to 100 is %d", (percent, expected) => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentileOf(values, percent)).toBe(expected);
});

it("gaps lie between instants: one fewer", () => {
  expect(gapsOf([10, 11, 14, 14])).toEqual([1, 3, 0]);
  expect(gapsOf([10])).toEqual([]);
});

it("windows are full, and one outlier does not move them", () => {
  expect(windowMedians([1, 1, 90, 5, 5, 5, 7], 3)).toEqual([1, 5]);
});

it("curves are joined point by point as far as all of them go", () => {
  expect(
    mediansOf([
      [1, 10, 5],
      [3, 30],
      [2, 20, 6, 7],
    ]),
  ).toEqual([2, 20]);
});
