import { expect, it } from "vitest";
import { createQueryCounter, createServerlessHost } from "../src/index.ts";
import {
  createHttpHandler,
  createScheduledHandler,
  createSqsHandler,
} from "../src/lambda/index.ts";
import { createWorld } from "./world.ts";

const { kernel, jobTransport, time } = createWorld({ workflows: [] });
const { clock, runtime } = time;
const sound = { kernel, jobTransport, clock, runtime, workerId: "fn" };

it.each([
  ["no kernel", { ...sound, kernel: undefined }, '"kernel"'],
  ["a misspelt one", { ...sound, leaseTtl: 1 }, '"leaseTtlMs"'],
  ["a lease too short to be renewed", { ...sound, leaseTtlMs: 100 }, '"leaseTtlMs"'],
  ["yielding after aborting", { ...sound, yieldBeforeMs: 1, abortBeforeMs: 2 }, '"yieldBeforeMs"'],
  ["a bound of queries that nobody counts", { ...sound, maxQueries: 100 }, '"queries"'],
  [
    "nothing to query with",
    { ...sound, maxQueries: 1, queries: createQueryCounter() },
    '"maxQueries"',
  ],
])("refuses %s by name", (_, options, named) => {
  expect(() => createServerlessHost(options as never)).toThrow(named);
});

it.each([Number.NaN, 0, 1.5, Number.POSITIVE_INFINITY])(
  "refuses %s messages at once",
  (concurrency) => {
    const { host } = createWorld({ workflows: [] });
    expect(() => createSqsHandler({ host, concurrency })).toThrow('"concurrency"');
  },
);

it.each([Number.NaN, -1])("refuses %s as bound of a handler", (bound) => {
  const { host } = createWorld({ workflows: [] });
  expect(() => createScheduledHandler({ host, maxJobs: bound })).toThrow('"maxJobs"');
  expect(() => createHttpHandler({ host, bodyBytesMax: bound })).toThrow('"bodyBytesMax"');
});

it("refuses what a handler does not know", () => {
  expect(() => createScheduledHandler({ hosts: 1 } as never)).toThrow('"host"');
});
