import { expect, it } from "vitest";
import { barsOf } from "../src/report/bars.ts";
import { figuresOf, ratiosOf, seriesOf } from "../src/report/summary.ts";
import type { Taken } from "../src/run-bench.ts";
import { resultsOf, taken } from "./samples.ts";

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

it.each([
  [[4.9, 5, 9], true],
  [[4.9, 5.01, 5.2], false],
])("latencies %j keep the bar of 5 ms: %s", (values, passed) => {
  const figures = figuresOf(latency("pawl", ...values));
  expect(barsOf({ figures, ratios: [] })).toMatchObject([{ bound: "at most", passed }]);
});
