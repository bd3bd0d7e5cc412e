import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runsChart, stepsChart } from "./charts.ts";
import { shownNumber } from "./numbers.ts";
import type { Results } from "./results.ts";
import { markdownTable } from "./table.ts";
import { barTable, figureTable } from "./tables.ts";

/** Writes the page of record, and its charts beside it. */
export function writePage(folder: string, results: Results): void {
  writeFileSync(join(folder, "BENCH.md"), pageOf(results));
  writeFileSync(join(folder, "bench-runs.svg"), runsChart(results));
  writeFileSync(join(folder, "bench-steps.svg"), stepsChart(results));
}

/** The page as Markdown. */
export function pageOf(results: Results): string {
  return [
    "# Benchmarks",
    about(results),
    ...disturbed(results),
    "## Bars",
    markdownTable(barTable(results)),
    "![Runs of 3 steps per second](bench-runs.svg)",
    "![Cost of a step as its run grows](bench-steps.svg)",
    "## synchronous = FULL",
    "A commit that was answered survives loss of power.",
    markdownTable(figureTable(results, "FULL")),
    "## synchronous = NORMAL",
    "It survives the end of the process; loss of power may take the last commits.",
    markdownTable(figureTable(results, "NORMAL")),
    "## How it is measured",
    METHOD,
    "## Engines",
    engines(results),
    "## Machine",
    machine(results),
    "## Again",
    AGAIN,
    "",
  ].join("\n\n");
}

const about = ({ takenAt, commit, repetitions }: Results): string =>
  `Taken on ${takenAt.slice(0, 10)} at commit \`${commit}\`: medians of ${repetitions} ` +
  "repetitions, in brackets the least and the most. All engines ran in turn within each " +
  "repetition. Compare ratios: the figures themselves are those of one machine. This page is " +
  "written by `pnpm bench`; all samples are in " +
  "[`latest.json`](../apps/bench/results/latest.json).";

/** What a reader has to be told when others used the machine. */
function disturbed({ machine: { load, cores } }: Results): readonly string[] {
  const highest = Math.max(...load);
  if (highest <= cores) return [];
  return [
    `**The machine was not calm**: a load average of ${shownNumber(highest)} on ${cores} cores. ` +
      "With `FULL` every commit waits for a disk that others used as well: there even ratios are " +
      "rough. Look at the spreads, and run it again on a calm machine before you rely on a figure.",
  ];
}

const METHOD: string = `\
- Every measurement is a new process with new files. Every second repetition goes through the
  engines backwards.
- The same work for all: a step's body returns a small object at once. See
  [\`work.ts\`](../apps/bench/src/work/work.ts).
- Many short runs: 200 at once, where OpenWorkflow was at its best; 32 starts under way; the end is
  when the database calls all of them completed; 2,000 runs before them warm up the process.
  Everything else: 10 at once, Pawl's default.
- Latency: one run at a time, from the call that starts it to its result in the same process; 100
  runs each. After silence: 7 runs, each after 1.2 to 2.6 s in which nothing happened.
- Steps in a row: from the begin of one body to the begin of the next, after 9,000 steps
  to warm up; five runs of each length, medians of them. ms/step is a median of 100 steps;
  steps/s counts all.
- Waking: the run sleeps after its steps, its process ends, and a new one opens the file when the
  sleep is over; from there to the body's next line, less the same for a run of 1 step.
- Recovery: two workers are there; the one that runs step 5 of 20 gets SIGKILL.
- Commits and bytes are read from the write-ahead log, which a reader keeps from being reset.
  Statements are counted in the drivers, all but BEGIN, COMMIT and the like. OpenWorkflow looks for
  work in between; that is in its figure when runs come one at a time.
- Idle: 20 s, after 15 s in which loops may slow down.
- OpenWorkflow ends a run at 1,000 operations: there it is measured with 999 steps and one sleep,
  and not with 10,000.`;

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
    `- load average ${before} before and ${after} after`,
  ].join("\n");
}

const AGAIN: string = `\`\`\`sh
npx -y pnpm@12.21.0 bench                                  # everything; rewrites this page
npx -y pnpm@12.21.0 bench --workload drain --engine pawl   # a part, on the terminal only
npx -y pnpm@12.21.0 bench --quick                          # to see that it works
npx -y pnpm@12.21.0 bench --workload drain --profile prof  # with CPU profiles
\`\`\``;
