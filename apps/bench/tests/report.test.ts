import { expect, it } from "vitest";
import { runsChart, stepsChart } from "../src/report/charts.ts";
import { shownNumber, shownSpread } from "../src/report/numbers.ts";
import { pageOf } from "../src/report/page.ts";
import { markdownTable, plainTable } from "../src/report/table.ts";
import { awaitedTable, barTable } from "../src/report/tables.ts";
import { terminalReport } from "../src/report/terminal.ts";
import {
  pawlOnPostgres,
  peersOnPostgres,
  postgresResultsOf,
  resultsOf,
  taken,
  transportsResultsOf,
} from "./samples.ts";

it.each([
  [0, "0"],
  [0.02849, "0.028"],
  [1.005, "1.00"],
  [12.34, "12.3"],
  [123.4, "123"],
  [12_345.6, "12,346"],
  [-2.5, "-2.50"],
  [4_000, "4,000"],
])("%d is shown as %s", (value, shown) => {
  expect(shownNumber(value)).toBe(shown);
});

it("a spread without width is one number", () => {
  expect(shownSpread({ median: 2, min: 1, max: 3 })).toBe("2 (1–3)");
  expect(shownSpread({ median: 0.0501, min: 0.0502, max: 0.0502 })).toBe("0.050");
});

const table = { head: ["name", "value"], rows: [["a|b", "1,000"], ["longer"]] };

it("a plain table aligns names left and figures right", () => {
  expect(plainTable(table).split("\n")).toEqual([
    "name    value",
    "------  -----",
    "a|b     1,000",
    "longer",
  ]);
});

it("a Markdown table keeps bars in cells apart from bars between them", () => {
  expect(markdownTable(table).split("\n")).toEqual([
    "| name | value |",
    "|---|---:|",
    "| a\\|b | 1,000 |",
    "| longer |",
  ]);
});

it("the terminal shows figures, how many times better Pawl is, and the bars", () => {
  const lines = terminalReport(resultsOf()).split("\n");
  const figures = lines.find((line) => line.startsWith("2,000 runs of 3 steps")) ?? "";
  expect(figures.split(/ {2,}/).slice(1)).toEqual([
    "runs/s",
    "4,200 (4,000–4,400)",
    "1,100 (1,000–1,400)",
    "400 (400–600)",
    "4",
    "10",
  ]);
  expect(lines.find((line) => line.startsWith("runs/s beside"))).toMatch(
    /≥ 4 ×.*10 \(7–11\) ×.*yes/,
  );
});

it("the page names machine, day, commit, versions and how to run it again", () => {
  const page = pageOf(resultsOf());
  for (const part of [
    "2030-01-02",
    "`abc1234`",
    "2 cores",
    "Node 24.0.0",
    "ext4",
    "bench --quick",
    "took 23 minutes",
    "median of the ratios of single repetitions",
    "An aim, where one is named,",
    "it may come out negative",
  ]) {
    expect(page).toContain(part);
  }
  expect(page).toContain("- **Other** (`openworkflow` 1.0.0): none.");
  expect(page).toContain("![Runs of 3 steps per second](bench-runs.svg)");
});

it("the page of PostgreSQL shows peers without Pawl, and the bars that wait for it", () => {
  const { machine, ...rest } = postgresResultsOf(peersOnPostgres);
  const page = pageOf({ ...rest, machine: { ...machine, server: "PostgreSQL 15.1, fsync=on" } });
  for (const part of [
    "# Benchmarks on PostgreSQL",
    "Not measured yet:",
    "| runs/s beside Restate's | ≥ 2 × |",
    "## synchronous_commit = on",
    "- PostgreSQL 15.1, fsync=on",
    "![Runs of 3 steps per second](bench-postgres-runs.svg)",
    "bench --store postgres --quick",
    "`latest-postgres.json`",
    "took 23 minutes",
    "An aim, where one is named,",
    "it may come out negative",
  ]) {
    expect(page).toContain(part);
  }
  expect(page).not.toContain("Pawl is …");
});

it("the page of MariaDB names its durability, and bounds nothing but growth", () => {
  const { machine, ...rest } = resultsOf();
  const facts = { ...machine, server: "MariaDB 11.8, innodb_flush_log_at_trx_commit=1" };
  const page = pageOf({ ...rest, store: "mariadb", bars: [], machine: facts });
  for (const part of [
    "# Benchmarks on MariaDB",
    "## innodb_flush_log_at_trx_commit = 1",
    "| claim among 1,000,000 finished runs | ≤ 1.1 × |",
    "- MariaDB 11.8, innodb_flush_log_at_trx_commit=1",
    "![Runs of 3 steps per second](bench-mariadb-runs.svg)",
    "bench --store mariadb --quick",
    "`latest-mariadb.json`",
    "DBOS and OpenWorkflow keep their runs in PostgreSQL",
  ]) {
    expect(page).toContain(part);
  }
});

it("the page of transports says whose those of SQS are and what to take, without bounds", () => {
  const { machine, ...rest } = transportsResultsOf();
  const server = "PostgreSQL 15.1; Redis 7.0.15, appendfsync=everysec; fauxqs";
  const page = pageOf({ ...rest, machine: { ...machine, server } });
  for (const part of [
    "# Transports beside each other",
    "**The figures of SQS are an emulator's, not AWS's.**",
    "## What to take",
    "## synchronous_commit = on",
    "- PostgreSQL 15.1; Redis 7.0.15, appendfsync=everysec; fauxqs",
    "| Over BullMQ is … × Over SQL |",
    "| Over BullMQ is … × bare BullMQ |",
    "| 2,000 | 1,000 | 4,000 | 0.500 | 0.250 |",
    "![Runs of 3 steps per second](bench-transports-runs.svg)",
    "`latest-transports.json`",
    "bench --store transports --quick",
  ]) {
    expect(page).toContain(part);
  }
  expect(page).not.toContain("## Bars");
  expect(page).not.toContain("Cost of a step");
  expect(page).not.toContain("bare BullMQ is …");
});

it("the page names measurements that were lost, and shows the others", () => {
  const calm = resultsOf();
  const message = "the server is gone\n    at Client.connect";
  const lost = { workload: "idle", engine: "openworkflow", synchronous: "FULL", message } as const;
  const page = pageOf({ ...calm, lost: [lost] });
  expect(page).toContain("## Lost");
  expect(page).toContain("- idle, Other: the server is gone\n");
  expect(page).toContain("| 2,000 runs of 3 steps");
  expect(pageOf(calm)).not.toContain("## Lost");
});

it("a bar that was measured waits no longer", () => {
  const measured = postgresResultsOf([...peersOnPostgres, ...pawlOnPostgres]);
  expect(awaitedTable(measured).rows.map(([title]) => title)).not.toContain(
    "runs/s beside Restate's",
  );
  expect(barTable(measured).head).toContain("synchronous_commit");
  expect(pageOf(measured)).toContain("median of the ratios of single repetitions");
});

it("the page says when others used the machine", () => {
  const calm = resultsOf();
  const { machine } = calm;
  const busy = { ...calm, machine: { ...machine, load: [0.5, 7.25] as const } };
  expect(pageOf(calm)).not.toContain("not calm");
  expect(pageOf(busy)).toContain("not calm**: a load average of 7.25 on 2 cores");
});

it("a bar that some repetitions miss is kept, not always", () => {
  const kept = (live: readonly number[]): string | undefined => {
    const scaled = taken.map((each) =>
      each.engine === "pawl"
        ? { ...each, sample: { figures: { live: live[each.repetition] ?? 0 } } }
        : each,
    );
    return barTable(resultsOf(scaled)).rows[0]?.at(-1);
  };
  expect(kept([1_600, 1_600, 2_400])).toBe("yes");
  expect(kept([1_600, 1_600, 1_200])).toBe("yes, not always");
  expect(kept([1_600, 800, 1_200])).toBe("NO, not always");
  expect(kept([800, 800, 1_200])).toBe("NO");
});

it("the chart of runs gives every engine a bar as long as its figure", () => {
  const chart = runsChart(resultsOf());
  const widths = [...chart.matchAll(/width="([\d.]+)" height="20"/g)].map(([, width]) =>
    Number(width),
  );
  expect(widths).toHaveLength(3);
  const [pawl = 0, bare = 0, other = 0] = widths;
  expect(bare / pawl).toBeCloseTo(1_100 / 4_200, 2);
  expect(other / pawl).toBeCloseTo(400 / 4_200, 2);
});

it("the chart of steps draws a line through every point", () => {
  const [points = ""] = /(?<=<polyline points=")[^"]+/.exec(stepsChart(resultsOf())) ?? [];
  const heights = points.split(" ").map((point) => Number(point.split(",")[1]));
  expect(heights).toHaveLength(2);
  expect(heights[0]).toBeGreaterThan(heights[1] ?? 0);
});
