/**
 * The long form of the process stories: `pnpm prove:processes [--seconds 60] [--seed 1]
 * [--zombies 50] [--only kills,zombies,blocked,database,disk] [--results file]`. Prints a line for
 * each finished range, writes it to the results as JSON, and ends with 1 when anything was found
 * that must not be.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Audit } from "./audit.ts";
import { tellBlocked } from "./blocked.ts";
import { type Fault, tellDatabaseFaults } from "./database-faults.ts";
import { tellKills } from "./kills.ts";
import { rotatingPlaces, tellZombies } from "./zombies.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    zombies: { type: "string", default: "50" },
    only: { type: "string", default: "kills,zombies,blocked,database,disk" },
    results: { type: "string", default: "prove-processes.jsonl" },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const LOCKS_AND_PAGES: readonly Fault[] = ["locked", "noPage", "locked", "noPage", "locked"];

/** Each range: a name and what tells it. */
const RANGES: Readonly<Record<string, () => Promise<Audit | undefined>>> = {
  kills: () =>
    tellKills({
      workers: 4,
      kills: seconds,
      everyMs: 1_000,
      runsEach: 15,
      openRunsMin: 120,
      seed,
      endsWithinMs: 180_000,
    }),
  zombies: async () => {
    const fleets = 5;
    const cases = Math.ceil(Number(values.zombies) / fleets);
    const told = await Promise.all(
      Array.from({ length: fleets }, (_, i) =>
        tellZombies({ workers: 3, places: rotatingPlaces(cases, i), load: true }),
      ),
    );
    return told.reduce(added);
  },
  blocked: () => tellBlocked({ workers: 4, poisons: 3, blockOnce: 3, neighbours: 12 }),
  database: () =>
    tellDatabaseFaults({ workers: 3, faults: LOCKS_AND_PAGES, faultMs: 12_000, runsEach: 10 }),
  disk: () =>
    tellDatabaseFaults({
      workers: 3,
      faults: ["diskFull", "diskFull", "diskFull"],
      faultMs: 5_000,
      runsEach: 10,
    }),
};

/** Figures of two reports about different databases, together. */
function added<R extends object>(one: R, other: R): R {
  const sum = (a: unknown, b: unknown): unknown => {
    if (Array.isArray(a)) return a.concat(b);
    return typeof a === "number" ? a + Number(b) : a;
  };
  const entries = Object.entries(one).map(([name, value]) => [
    name,
    sum(value, (other as Record<string, unknown>)[name]),
  ]);
  return Object.fromEntries(entries) as R;
}

/** Lists of milliseconds as their quantiles. */
function figuresOf(report: Audit): Record<string, unknown> {
  const entries = Object.entries(report).map(([name, value]) => {
    const isTimes = name.endsWith("sMs") && Array.isArray(value);
    return [name, isTimes ? quantiles(value as number[]) : value];
  });
  return Object.fromEntries(entries);
}

function quantiles(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

const shown = (name: string, value: unknown): string => {
  if (name === "violations") return `violations ${(value as string[]).length}`;
  return `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`;
};

/** What a range found; a story that could not be told to its end is a violation too. */
async function toldRange(tell: () => Promise<Audit | undefined>) {
  try {
    const report = await tell();
    return report && { violations: report.violations, figures: figuresOf(report) };
  } catch (error) {
    const violations = [error instanceof Error ? error.message : String(error)];
    return { violations, figures: { violations } };
  }
}

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const table: Record<string, object> = {};
for (const range of values.only.split(",")) {
  const tell = RANGES[range];
  if (!tell) throw new Error(`no range ${range}; there are ${Object.keys(RANGES).join(", ")}`);
  const startedAt = new Date().toISOString();
  const begun = performance.now();
  console.log(`${range} …`);
  const told = await toldRange(tell);
  if (!told) {
    console.log(`${range}: left out, no file system may be mounted here`);
    continue;
  }
  const { violations, figures } = told;
  const took = Math.round((performance.now() - begun) / 1_000);
  const line = { range, commit, node: process.version, startedAt, seconds: took, seed, ...figures };
  appendFileSync(values.results, `${JSON.stringify(line)}\n`);
  const parts = Object.entries(figures).map(([name, value]) => shown(name, value));
  console.log(`${range}: ${parts.join(", ")}`);
  for (const violation of violations) console.log(`  VIOLATION ${violation}`);
  if (violations.length > 0) process.exitCode = 1;
  const { runs, records, bodies, bodiesAgain, losses } = figures as Partial<Audit>;
  const counts = { runs, records, bodies, bodiesAgain, losses };
  table[range] = { seconds: took, ...counts, violations: violations.length };
}
console.table(table);
