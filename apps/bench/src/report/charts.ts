import type { EngineName, Synchronous } from "../engines/engine.ts";
import { barChart, lineChart } from "./chart.ts";
import type { Results } from "./results.ts";

const COLOURS: { readonly [engine in EngineName]: string } = {
  pawl: "#0969da",
  bare: "#6e7781",
  openworkflow: "#bc4c00",
  dbos: "#8250df",
  "dbos-in-process": "#bf3989",
  restate: "#1a7f37",
  "pg-boss": "#9a6700",
  graphile: "#57606a",
  bullmq: "#cf222e",
  "bullmq-postgres": "#d4a72c",
  "pawl-sql": "#0969da",
  "pawl-bullmq": "#cf222e",
  "pawl-sqs": "#bc4c00",
  "bare-bullmq": "#6e7781",
  "bare-sqs": "#8c959f",
};
const SERIES_LENGTHS = ["window.10000", "window.1000"];
const WINDOW = 100;

const titleOf = (
  results: Results,
  of: { readonly engine: EngineName; readonly synchronous: Synchronous },
): string => {
  const engine = results.engines.find(({ name }) => name === of.engine);
  const title = engine?.title ?? of.engine;
  return results.store === "sqlite" ? `${title}, ${of.synchronous}` : title;
};

const markOf = (engine: EngineName, synchronous: Synchronous) => ({
  colour: COLOURS[engine],
  faint: synchronous === "NORMAL",
});

/** Runs per second of every engine at both durabilities. */
export function runsChart(results: Results): string {
  const bars = results.figures
    .filter(({ workload, id }) => workload === "drain" && id === "live")
    .toSorted((a, b) => a.synchronous.localeCompare(b.synchronous))
    .map((figure) => ({
      title: titleOf(results, figure),
      ...markOf(figure.engine, figure.synchronous),
      value: figure.median,
    }));
  return barChart("Runs of 3 steps per second (more is better)", bars);
}

/** What a step costs as a run grows: an engine's longest run, medians of 100 steps. */
export function stepsChart(results: Results): string {
  const curves = SERIES_LENGTHS.flatMap((id) => results.series.filter((each) => each.id === id));
  const longest = curves.filter(
    (curve, i) =>
      curves.findIndex(
        ({ engine, synchronous }) => engine === curve.engine && synchronous === curve.synchronous,
      ) === i,
  );
  const lines = longest.map(({ engine, synchronous, values }) => ({
    title: titleOf(results, { engine, synchronous }),
    ...markOf(engine, synchronous),
    values,
  }));
  const title = "Cost of a step as its run grows (less is better)";
  return lineChart(title, lines, { perPoint: WINDOW, unit: "ms", counted: "steps" });
}
