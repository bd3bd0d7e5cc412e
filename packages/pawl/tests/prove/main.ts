/** The long form of the process stories: `pnpm prove:processes`; see its `--help`. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Audit } from "./audit.ts";
import { figuresOf, shownFigure } from "./figures.ts";
import { type ProveOptions, parseOptions, type RangeName } from "./options.ts";
import { RANGES, type Telling } from "./ranges.ts";
import { removeTemporaryFolders } from "./temporary-folders.ts";

const EXIT_INTERRUPTED = 130;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseOptions(argv);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === "invalid") {
    process.stderr.write(`${parsed.message}\n`);
    return 2;
  }
  const { signal, interrupted } = untilInterrupted();
  try {
    return await tellAll(parsed.options, signal);
  } catch (error) {
    if (!interrupted()) throw error;
    process.stderr.write("Interrupted; nothing is left behind.\n");
    // What was being told still waits for what no longer comes.
    process.exit(EXIT_INTERRUPTED);
  }
}

/**
 * Aborts at the first signal to end, or when nobody reads on; a second signal ends this process at
 * once.
 */
function untilInterrupted() {
  process.on("exit", removeTemporaryFolders);
  const controller = new AbortController();
  const { signal } = controller;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (signal.aborted) process.exit(EXIT_INTERRUPTED);
      controller.abort();
    });
  }
  process.stdout.on("error", () => controller.abort());
  return { signal, interrupted: () => signal.aborted };
}

async function tellAll(options: ProveOptions, signal: AbortSignal): Promise<number> {
  const git = ["describe", "--always", "--dirty"];
  const commit = execFileSync("git", git, { encoding: "utf8" }).trim();
  // Package managers run scripts in their package's folder and say where the user stands.
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), options.results);
  mkdirSync(dirname(path), { recursive: true });
  const folder = commit.endsWith("-dirty") ? undefined : join(dirname(path), "parts", commit);
  const kept = { folder, say: (text: string) => console.log(text) };
  const table: Record<string, object> = {};
  for (const range of options.ranges) {
    const startedAt = new Date().toISOString();
    const begun = performance.now();
    console.log(`${range} …`);
    const told = await toldRange(range, { options, kept, signal });
    if (!told) {
      console.log(`${range}: left out, no file system may be mounted here`);
      continue;
    }
    const { violations, figures } = told;
    const seconds = Math.round((performance.now() - begun) / 1_000);
    const { ranges: _, results: __, ...asked } = options;
    const facts = { range, commit, node: process.version, startedAt, seconds, ...asked };
    appendFileSync(path, `${JSON.stringify({ ...facts, ...figures })}\n`);
    const parts = Object.entries(figures).map(([name, value]) => shownFigure(name, value));
    console.log(`${range}: ${parts.join(", ")}`);
    for (const violation of violations) console.log(`  VIOLATION ${violation}`);
    const { runs, records, bodies, bodiesAgain, losses } = figures as Partial<Audit>;
    const counts = { runs, records, bodies, bodiesAgain, losses };
    table[range] = { seconds, ...counts, violations: violations.length };
  }
  const rows = Object.values(table) as { readonly violations: number }[];
  if (rows.length === 0) {
    console.log("Nothing was played.");
    return 1;
  }
  console.table(table);
  return rows.every(({ violations }) => violations === 0) ? 0 : 1;
}

/** What a range found; a story that could not be told to its end is a violation too. */
async function toldRange(range: RangeName, telling: Telling) {
  try {
    const report = await RANGES[range](telling);
    return report && { violations: report.violations, figures: figuresOf(report) };
  } catch (error) {
    if (telling.signal.aborted) throw error;
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    const violations = [cause instanceof Error ? `${message}: ${cause.message}` : message];
    return { violations, figures: { violations } };
  }
}
