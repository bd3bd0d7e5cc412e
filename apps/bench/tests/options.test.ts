import { expect, it } from "vitest";
import { type BenchOptions, isComplete, parseOptions } from "../src/options.ts";

function optionsOf(...argv: readonly string[]): BenchOptions {
  const parsed = parseOptions(argv);
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

it("without options everything is measured three times, for the page of record", () => {
  const options = optionsOf();
  expect(options).toMatchObject({ repetitions: 3, quick: false });
  expect(options.engines).toEqual(["pawl", "bare", "openworkflow"]);
  expect(options.workloads).toContain("long-run");
  expect(isComplete(options)).toBe(true);
});

it("on PostgreSQL there are other engines and workloads", () => {
  const options = optionsOf("--store", "postgres");
  expect(options.engines).toEqual([
    "pawl",
    "bare",
    "openworkflow",
    "dbos",
    "dbos-in-process",
    "restate",
    "pg-boss",
    "graphile",
    "bullmq",
    "bullmq-postgres",
  ]);
  expect(options.workloads).toContain("server-cost");
  expect(options.workloads).not.toContain("cost");
  expect(isComplete(options)).toBe(true);
  expect(optionsOf().workloads).not.toContain("server-cost");
});

it("on MariaDB Pawl stands beside the bare driver, over the workloads of servers", () => {
  const options = optionsOf("--store", "mariadb");
  expect(options.engines).toEqual(["pawl", "bare"]);
  expect(options.workloads).toEqual(optionsOf("--store", "postgres").workloads);
  expect(options.workloads).toContain("claims");
  expect(isComplete(options)).toBe(true);
});

it("transports stand beside each other and beside themselves bare, over what suits them", () => {
  const options = optionsOf("--store", "transports");
  expect(options.engines).toEqual([
    "pawl-sql",
    "pawl-bullmq",
    "pawl-sqs",
    "bare-bullmq",
    "bare-sqs",
  ]);
  expect(options.workloads).toEqual([
    "drain",
    "latency",
    "processes",
    "server-cost",
    "server-idle",
    "pickup",
    "jobs",
  ]);
  expect(isComplete(options)).toBe(true);
  expect(optionsOf("--store", "postgres").workloads).not.toContain("pickup");
});

it("parts, quick looks and fewer repetitions do not rewrite the page of record", () => {
  for (const argv of [["--engine", "pawl"], ["--workload", "idle"], ["--quick"]]) {
    expect(isComplete(optionsOf(...argv))).toBe(false);
  }
  expect(isComplete(optionsOf("--repetitions", "2"))).toBe(false);
  expect(isComplete(optionsOf("--quick", "--repetitions", "5"))).toBe(false);
  expect(isComplete(optionsOf("--repetitions", "5"))).toBe(true);
});

it("several workloads and engines come in their usual order, after a leading --", () => {
  const argv = ["--", "--workload", "idle", "--workload", "drain", "--engine", "bare", "--quick"];
  expect(optionsOf(...argv)).toEqual({
    store: "sqlite",
    workloads: ["drain", "idle"],
    engines: ["bare"],
    repetitions: 1,
    quick: true,
  });
});

it.each([
  [["--engine", "other"], /--engine takes pawl, bare, openworkflow, not "other"/],
  [["--engine", "dbos"], /--engine takes pawl, bare, openworkflow, not "dbos"/],
  [["--store", "mysql"], /--store takes sqlite, postgres, mariadb, transports, not "mysql"/],
  [["--workload", "x"], /--workload takes drain, .*not "x"/],
  [["--repetitions", "0"], /from 1 to 99, not "0"/],
  [["--fast"], /--fast/],
  [["drain"], /drain/],
])("%j is refused, saying what there is", (argv, says) => {
  const parsed = parseOptions(argv);
  expect(parsed).toMatchObject({ kind: "invalid", message: expect.stringMatching(says) });
});
