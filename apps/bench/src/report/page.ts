import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SYNCHRONOUS, workloadNames } from "../workloads/by-name.ts";
import { runsChart, stepsChart } from "./charts.ts";
import { shownNumber } from "./numbers.ts";
import { PAGES } from "./pages.ts";
import type { Results } from "./results.ts";
import { markdownTable } from "./table.ts";
import { awaitedTable, barTable, durabilityOf, figureTable } from "./tables.ts";

/** Of what an error says. */
const LOST_SHOWN_MAX = 200;

/** Writes the page of record, and its charts beside it. */
export function writePage(folder: string, results: Results): void {
  const { page, charts } = PAGES[results.store];
  writeFileSync(join(folder, page), pageOf(results));
  writeFileSync(join(folder, `${charts}-runs.svg`), runsChart(results));
  if (!showsSteps(results)) return;
  writeFileSync(join(folder, `${charts}-steps.svg`), stepsChart(results));
}

/** The page as Markdown. */
export function pageOf(results: Results): string {
  const { title, charts, method, ratio, durabilities } = PAGES[results.store];
  const shown = SYNCHRONOUS[results.store];
  return [
    title,
    about(results),
    ...disturbed(results),
    ...reading(results),
    ...bars(results),
    `![Runs of 3 steps per second](${charts}-runs.svg)`,
    ...(showsSteps(results) ? [`![Cost of a step as its run grows](${charts}-steps.svg)`] : []),
    ...(results.ratios.length > 0 ? [ratio] : []),
    ...shown.flatMap((synchronous, i) => [
      `## ${durabilityOf(results.store)} = ${synchronous}`,
      durabilities[i] ?? "",
      markdownTable(figureTable(results, synchronous)),
    ]),
    "## How it is measured",
    method,
    ...lost(results),
    "## Engines",
    engines(results),
    "## Machine",
    machine(results),
    "## Again",
    again(results),
    "",
  ].join("\n\n");
}

/** Whether its store has a workload of steps in a row. */
const showsSteps = ({ store }: Results): boolean => workloadNames(store).includes("long-run");

function reading({ store }: Results): readonly string[] {
  const { reading: text } = PAGES[store];
  return text === undefined ? [] : ["## What to take", text];
}

function bars(results: Results): readonly string[] {
  const awaited = awaitedTable(results);
  if (results.bars.length + awaited.rows.length === 0) return [];
  return [
    "## Bars",
    BARS,
    ...(results.bars.length > 0 ? [markdownTable(barTable(results))] : []),
    ...(awaited.rows.length > 0 ? ["Not measured yet:", markdownTable(awaited)] : []),
  ];
}

const about = ({ takenAt, commit, repetitions, store }: Results): string =>
  `Taken on ${takenAt.slice(0, 10)} at commit \`${commit}\`: medians of ${repetitions} ` +
  "repetitions, in brackets the least and the most. All engines ran in turn within each " +
  "repetition. Compare ratios: the figures themselves are those of one machine. This page is " +
  `written by \`${PAGES[store].command.replace("@12.21.0", "")}\`; all samples are in ` +
  `[\`${PAGES[store].samples}\`](../apps/bench/results/${PAGES[store].samples}).`;

/** What a reader has to be told when others used the machine. */
function disturbed({ machine: { load, cores } }: Results): readonly string[] {
  const highest = Math.max(...load);
  if (highest <= cores) return [];
  return [
    `**The machine was not calm**: a load average of ${shownNumber(highest)} on ${cores} cores. ` +
      "Where a commit waits for a disk that others used as well, even ratios are " +
      "rough. Look at the spreads, and run it again on a calm machine before you rely on a figure.",
  ];
}

const BARS: string =
  "A bar is what Pawl has to keep, by the median. An aim, where one is named, is the value that " +
  "is worked towards, in the same unit; to miss it is no failure.";

/** What a reader has to be told when measurements came to no end. */
function lost(results: Results): readonly string[] {
  if (results.lost.length === 0) return [];
  const lines = results.lost.map(({ workload, engine, message }) => {
    const { title = engine } = results.engines.find(({ name }) => name === engine) ?? {};
    return `- ${workload}, ${title}: ${message.split("\n")[0]?.slice(0, LOST_SHOWN_MAX)}`;
  });
  return ["## Lost", "Measurements that ended in an error, once each:", lines.join("\n")];
}

const engines = (results: Results): string =>
  results.engines
    .map(({ title, package: from, version, settings }) => {
      const at = version === "0.0.0" ? "of this repository" : version;
      return `- **${title}** (\`${from}\` ${at}): ${settings}.`;
    })
    .join("\n");

function machine({ machine: of }: Results): string {
  const sqlite = Object.entries(of.sqlite).map(([driver, version]) => `${version} in ${driver}`);
  const [before, after] = of.load.map(shownNumber);
  return [
    `- ${of.processor}, ${of.cores} cores, ${of.memoryGiB} GiB; ${of.system}; ${of.fileSystem}`,
    `- Node ${of.node}; SQLite ${sqlite.join(", ")}`,
    ...(of.server === undefined ? [] : [`- ${of.server}`]),
    `- load average ${before} before and ${after} after`,
  ].join("\n");
}

const again = ({ store, tookMinutes }: Results): string => {
  const { command } = PAGES[store];
  return `The whole of it took ${tookMinutes} minutes.

\`\`\`sh
npx -y ${command}                                  # everything; rewrites this page
npx -y ${command} --workload drain --engine ${PAGES[store].engine}   # a part, on the terminal only
npx -y ${command} --quick                          # to see that it works
npx -y ${command} --workload drain --profile prof  # with CPU profiles
\`\`\``;
};
