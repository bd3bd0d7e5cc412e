import { expect, it } from "vitest";
import { boundedDelay, bullPriority, DELAY_MS_MAX, jobEntry } from "../src/job-entry.ts";
import { jobOf, outgoing } from "./jobs.ts";

/** The greatest that BullMQ accepts. */
const BULL_PRIORITY_MAX = 2 ** 21;

it.each([
  [Number.POSITIVE_INFINITY, 1],
  [1_000_001, 1],
  [1_000_000, 1],
  [1, 1_000_000],
  [0, 1_000_001],
  [-1, 1_000_002],
  [-1_000_000, 2_000_001],
  [Number.NEGATIVE_INFINITY, 2_000_001],
])("priority %f is BullMQ's %i", (priority, expected) => {
  expect(bullPriority(priority)).toBe(expected);
  expect(bullPriority(priority)).toBeLessThanOrEqual(BULL_PRIORITY_MAX);
});

it.each([
  [Number.NEGATIVE_INFINITY, 0],
  [-1, 0],
  [0.2, 1],
  [1_500, 1_500],
  [Number.POSITIVE_INFINITY, DELAY_MS_MAX],
])("a delay of %f ms is one of %i", (ms, expected) => {
  expect(boundedDelay(ms)).toBe(expected);
});

it("no score of a delayed job goes beyond the whole numbers before 2038", () => {
  const score = (Date.UTC(2037, 11, 31) + DELAY_MS_MAX) * 0x1000;
  expect(score).toBeLessThan(Number.MAX_SAFE_INTEGER);
});

it("the delay counts from the clock's now, and BullMQ keeps nothing that has ended", () => {
  const { job, jobId } = jobEntry(outgoing(jobOf(1), { notBefore: 5_000 }), 2_000);
  expect(job.opts).toMatchObject({
    delay: 3_000,
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: true,
  });
  expect(jobId).toBe("");
});
