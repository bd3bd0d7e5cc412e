import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { RunFailedError } from "pawl";
import { MissingPathError, NoDocumentsError } from "./collect/errors.ts";
import { ReportFolderError } from "./session/report-folder.ts";
import { runDemo } from "./session/run-demo.ts";
import { type DemoOptions, parseArguments } from "./terminal/arguments.ts";
import { harmless } from "./terminal/fit.ts";
import { createProgressView } from "./terminal/progress-view.ts";

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
const EXIT_WRONG = 2;
const EXIT_INTERRUPTED = 130;
/** The command line names what is not there; nothing has begun. */
const WRONG_PLACES = [MissingPathError, NoDocumentsError, ReportFolderError];

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseArguments(argv);
  if (parsed.kind === "run") return run(parsed.options);
  if (parsed.kind === "help") process.stdout.write(parsed.text);
  else process.stderr.write(`${parsed.message}\n`);
  return parsed.exitCode;
}

async function run(options: DemoOptions): Promise<number> {
  const { stdout } = process;
  const view = createProgressView({
    stream: stdout,
    isTty: stdout.isTTY ?? false,
    columns: () => stdout.columns || 80,
    rows: () => stdout.rows || 24,
  });
  // Package managers run scripts in their package's folder and say where the user stands.
  const from = resolve(process.env.INIT_CWD ?? process.cwd());
  const interrupt = interruptible(() => view.close());
  let left = "";
  const kept = (directory: string): void => {
    left = `State kept in ${directory}\n`;
  };
  try {
    const places = { from, repository: resolve(REPOSITORY) };
    return (await runDemo(options, { places, view, signal: interrupt, kept })) ? 0 : 1;
  } catch (error) {
    view.close();
    if (interrupt.aborted) {
      process.stderr.write(`\nStopped; the workers have ended.\n${left}`);
      return EXIT_INTERRUPTED;
    }
    if (WRONG_PLACES.some((wrong) => error instanceof wrong)) {
      process.stderr.write(`${said(error)}\n`);
      return EXIT_WRONG;
    }
    process.stderr.write(`\n${said(error)}\n${left}`);
    return 1;
  }
}

/**
 * Aborts at the first signal to end, or when nobody reads on; a second signal ends the process at
 * once.
 */
function interruptible(restore: () => void): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      restore();
      process.exit(EXIT_INTERRUPTED);
    }
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, interrupt);
  process.stdout.on("error", () => controller.abort());
  return controller.signal;
}

function said(error: unknown): string {
  const { message } = error instanceof RunFailedError ? error.failure : toError(error);
  return message.split("\n").map(harmless).join("\n");
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
