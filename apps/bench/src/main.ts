import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type BenchOptions, isComplete, parseOptions } from "./options.ts";
import { writePage } from "./report/page.ts";
import { PAGES } from "./report/pages.ts";
import type { Results } from "./report/results.ts";
import { terminalReport } from "./report/terminal.ts";
import { takeResults } from "./take-results.ts";

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
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
  const { options } = parsed;
  const signal = interruption();
  try {
    return await bench(options, signal);
  } catch (error) {
    // The same Ctrl-C may have ended a program that this process stood still for.
    await nextTurn();
    if (!signal.aborted) throw error;
    process.stderr.write("Interrupted; nothing is left behind.\n");
    return EXIT_INTERRUPTED;
  }
}

/**
 * Aborts at the first signal to end, or when nobody reads on; a second signal ends this process at
 * once.
 */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
      controller.abort();
    });
  }
  for (const output of [process.stdout, process.stderr]) {
    output.on("error", () => controller.abort());
  }
  return controller.signal;
}

async function bench(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const results = await takeResults(options, {
    repository: REPOSITORY,
    tell: (line) => process.stderr.write(`${line}\n`),
    signal,
  });
  process.stdout.write(`\n${terminalReport(results)}\n`);
  // Package managers run scripts in their package's folder and say where the user stands.
  const from = process.env.INIT_CWD ?? process.cwd();
  if (options.json !== undefined) writeJson(resolve(from, options.json), results);
  if (isComplete(options)) {
    writeJson(join(REPOSITORY, "apps/bench/results", PAGES[options.store].samples), results);
    writePage(join(REPOSITORY, "docs"), results);
  }
  return results.lost.length === 0 ? 0 : 1;
}

function writeJson(path: string, results: Results): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, undefined, 1)}\n`);
}
