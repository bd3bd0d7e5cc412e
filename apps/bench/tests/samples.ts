import type { EngineName } from "../src/engines/engine.ts";
import { barsOf } from "../src/report/bars.ts";
import type { Results } from "../src/report/results.ts";
import { figuresOf, ratiosOf, seriesOf } from "../src/report/summary.ts";
import type { Taken } from "../src/run-bench.ts";

const rates = {
  pawl: [4_000, 4_400, 4_200],
  bare: [1_000, 1_100, 1_400],
  openworkflow: [400, 400, 600],
};

/** Three repetitions of runs per second by three engines, and one curve of Pawl. */
export const taken: readonly Taken[] = (["pawl", "bare", "openworkflow"] as const).flatMap(
  (engine) =>
    rates[engine].map((live, repetition) => ({
      workload: "drain" as const,
      engine,
      synchronous: "FULL" as const,
      repetition,
      sample: {
        figures: { live },
        ...(engine === "pawl" ? { series: { "window.10000": [live, 2 * live] } } : {}),
      },
    })),
);

const onPostgres = (engine: EngineName, ...values: readonly number[]): readonly Taken[] =>
  values.map((live, repetition) => ({
    workload: "drain",
    engine,
    synchronous: "on",
    repetition,
    sample: { figures: { live } },
  }));

/** Two repetitions of runs per second by those whom Pawl is measured beside. */
export const peersOnPostgres: readonly Taken[] = [
  ...onPostgres("openworkflow", 100, 300),
  ...onPostgres("dbos", 200, 150),
  ...onPostgres("restate", 500, 500),
];

export const pawlOnPostgres: readonly Taken[] = onPostgres("pawl", 1_600, 1_500);

export const postgresResultsOf = (measurements: readonly Taken[]): Results => {
  const figures = figuresOf(measurements);
  return {
    ...resultsOf(measurements),
    store: "postgres",
    engines: [],
    bars: barsOf({ store: "postgres", figures }),
  };
};

/** One repetition of jobs per second over two transports, and of one by itself. */
export function transportsResultsOf(): Results {
  const rates = { "pawl-sql": 2_000, "pawl-bullmq": 1_000, "bare-bullmq": 4_000 } as const;
  const titles = {
    "pawl-sql": "Over SQL",
    "pawl-bullmq": "Over BullMQ",
    "bare-bullmq": "bare BullMQ",
  } as const;
  const names = Object.keys(rates) as (keyof typeof rates)[];
  const measurements: readonly Taken[] = names.map((engine) => ({
    workload: "jobs",
    engine,
    synchronous: "on",
    repetition: 0,
    sample: { figures: { processed: rates[engine] } },
  }));
  const of = { package: "pawl", version: "0.0.0", settings: "none" };
  const engines = names.map((name) => ({ name, title: titles[name], ...of }));
  return { ...resultsOf(measurements), store: "transports", engines, bars: [] };
}

export function resultsOf(measurements: readonly Taken[] = taken): Results {
  const figures = figuresOf(measurements);
  const ratios = ratiosOf(figures);
  return {
    format: 1,
    store: "sqlite",
    takenAt: "2030-01-02T03:04:05.000Z",
    tookMinutes: 23,
    commit: "abc1234",
    quick: false,
    repetitions: 3,
    machine: {
      processor: "Processor",
      cores: 2,
      memoryGiB: 8,
      system: "System 1",
      fileSystem: "ext4",
      node: "24.0.0",
      sqlite: { "better-sqlite3": "3.50.0" },
      load: [0.5, 1.25],
    },
    engines: [
      { name: "pawl", title: "Pawl", package: "pawl", version: "0.0.0", settings: "none" },
      {
        name: "bare",
        title: "bare",
        package: "better-sqlite3",
        version: "1.0.0",
        settings: "none",
      },
      {
        name: "openworkflow",
        title: "Other",
        package: "openworkflow",
        version: "1.0.0",
        settings: "none",
      },
    ],
    figures,
    ratios,
    series: seriesOf(measurements),
    bars: barsOf({ store: "sqlite", figures }),
    lost: [],
  };
}
