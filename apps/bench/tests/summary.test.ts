import { expect, it } from "vitest";
import type { EngineName } from "../src/engines/engine.ts";
import { barsOf } from "../src/report/bars.ts";
import { figuresOf, ratiosOf, seriesOf } from "../src/report/summary.ts";
import type { Taken } from "../src/run-bench.ts";
import { pawlOnPostgres, peersOnPostgres, postgresResultsOf, resultsOf, taken } from "./samples.ts";

const latency = (engine: "pawl" | "openworkflow", ...values: readonly number[]): readonly Taken[] =>
  values.map((p50, repetition) => ({
    workload: "latency",
    engine,
    synchronous: "NORMAL",
    repetition,
    sample: { figures: { "steps1.p50": p50 } },
  }));

it("a figure is the median of its repetitions, with all of them", () => {
  const [figure] = figuresOf(taken);
  expect(figure).toMatchObject({
    workload: "drain",
    id: "live",
    engine: "pawl",
    synchronous: "FULL",
    unit: "runs/s",
    median: 4_200,
    min: 4_000,
    max: 4_400,
    samples: [4_000, 4_400, 4_200],
  });
});

it("a quick figure says how little it measured", () => {
  const [quick] = figuresOf(taken, true);
  expect(quick?.title).toBe("2,000 runs of 3 steps, worker live: start to last end (quick: 50)");
  const [full] = figuresOf(taken);
  expect(full?.title).toBe("2,000 runs of 3 steps, worker live: start to last end");
});

it("repetitions are in their order whatever the order in which they were taken", () => {
  expect(figuresOf(taken.toReversed()).find(({ engine }) => engine === "pawl")?.samples).toEqual([
    4_000, 4_400, 4_200,
  ]);
});

it("engines are compared repetition by repetition", () => {
  const ratios = ratiosOf(figuresOf(taken));
  expect(ratios).toHaveLength(2);
  expect(ratios.find(({ to }) => to === "openworkflow")).toMatchObject({
    median: 10,
    min: 7,
    max: 11,
  });
});

it("where less is better, half of it is twice as good", () => {
  const measurements = [...latency("pawl", 2, 3, 4), ...latency("openworkflow", 80, 90, 40)];
  expect(ratiosOf(figuresOf(measurements))[0]).toMatchObject({ median: 30, min: 10, max: 40 });
});

it("a series is the median at each point", () => {
  expect(seriesOf(taken)).toEqual([
    {
      workload: "drain",
      id: "window.10000",
      engine: "pawl",
      synchronous: "FULL",
      values: [4_200, 8_400],
    },
  ]);
});

it("a bar that nothing measured is not shown", () => {
  const { bars } = resultsOf();
  expect(bars).toHaveLength(1);
  expect(bars[0]).toMatchObject({ synchronous: "FULL", wanted: 4, passed: true });
  expect(bars[0]?.found).toEqual({ median: 10, min: 7, max: 11 });
});

it("on PostgreSQL the best of several peers counts, repetition by repetition", () => {
  const { bars } = postgresResultsOf([...peersOnPostgres, ...pawlOnPostgres]);
  expect(bars).toMatchObject([
    {
      title: "runs/s beside the better of DBOS and OpenWorkflow (aim 13)",
      wanted: 6,
      passed: true,
    },
    { title: "runs/s beside Restate's", wanted: 2, passed: true },
  ]);
  expect(bars[0]?.found).toEqual({ median: 6.5, min: 5, max: 8 });
  expect(postgresResultsOf(peersOnPostgres).bars).toEqual([]);
});

it("where less is better, the best peer is the quickest, and Pawl's share of it is bounded", () => {
  const run = (engine: EngineName, value: number): Taken => ({
    workload: "parallel",
    engine,
    synchronous: "on",
    repetition: 0,
    sample: { figures: { run: value } },
  });
  const measured = [run("pawl", 60), run("openworkflow", 800), run("dbos-in-process", 500)];
  expect(postgresResultsOf(measured).bars).toMatchObject([
    { bound: "at most", wanted: 0.15, found: { median: 0.12 }, passed: true },
  ]);
});

it.each([
  ["postgres", "on"],
  ["mariadb", "1"],
] as const)("on %s a claim may cost a tenth more among others' runs", (store, synchronous) => {
  const claims = (growth: number): Taken => ({
    workload: "claims",
    engine: "pawl",
    synchronous,
    repetition: 0,
    sample: { figures: { "claim.ready.growth": growth } },
  });
  const barOf = (growth: number) => barsOf({ store, figures: figuresOf([claims(growth)]) });
  expect(barOf(1.09)).toMatchObject([{ wanted: 1.1, bound: "at most", passed: true }]);
  expect(barOf(1.11)).toMatchObject([{ passed: false }]);
});

it.each([
  [[4.9, 5, 9], true],
  [[4.9, 5.01, 5.2], false],
])("latencies %j keep the bar of 5 ms: %s", (values, passed) => {
  const figures = figuresOf(latency("pawl", ...values));
  expect(barsOf({ store: "sqlite", figures })).toMatchObject([{ bound: "at most", passed }]);
});
