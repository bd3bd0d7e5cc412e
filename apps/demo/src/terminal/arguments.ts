import { parseArgs } from "node:util";
import { parseDuration } from "./duration.ts";

export interface DemoOptions {
  /** As the user wrote them; empty means the repository's own documents. */
  readonly paths: readonly string[];
  readonly crash: boolean;
  readonly workers: number;
  /** Folder for the reports. */
  readonly out: string;
  readonly pauseMs: number;
  /** Leaves the run's database and blobs where they are. */
  readonly keep: boolean;
}

export type ParsedArguments =
  | { readonly kind: "run"; readonly options: DemoOptions }
  | { readonly kind: "help"; readonly text: string; readonly exitCode: 0 }
  | { readonly kind: "invalid"; readonly message: string; readonly exitCode: 2 };

const WORKERS_MAX = 16;
const PAUSE_MAX_MS = 3_600_000;
const DEFAULTS = { workers: "2", out: "pawl-report", pause: "2s" };

const HELP: string = `Analyse documents with a durable workflow.

  pnpm demo [paths…] [options]

  paths…            files and folders to read (default: the documents of this repository)

  --crash           kill the worker with SIGKILL half-way and let another take over
  --workers N       worker processes, 1 to ${WORKERS_MAX} (default ${DEFAULTS.workers});
                    not with --crash
  --out DIR         folder for report.md and report.html (default ${DEFAULTS.out})
  --pause DURATION  length of the durable pause: 500ms, 2s, 1m, 0 (default ${DEFAULTS.pause})
  --keep            keep the run's database to look at afterwards
  --help            show this text
`;

/** Reads a command line. What is wrong with it is said in one message, never thrown. */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  // Package managers hand a leading "--" through.
  const args = argv[0] === "--" ? argv.slice(1) : [...argv];
  try {
    return parsed(args);
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    if (!code?.startsWith("ERR_PARSE_ARGS")) throw error;
    const [said = message] = message.split(/\.\s/);
    return invalid(said.endsWith(".") ? said : `${said}.`);
  }
}

function parsed(args: string[]): ParsedArguments {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      crash: { type: "boolean", default: false },
      workers: { type: "string" },
      out: { type: "string", default: DEFAULTS.out },
      pause: { type: "string", default: DEFAULTS.pause },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return { kind: "help", text: HELP, exitCode: 0 };
  const { workers: wanted = DEFAULTS.workers } = values;
  const workers = /^\d+$/.test(wanted) ? Number(wanted) : 0;
  if (workers < 1 || workers > WORKERS_MAX) {
    return invalid(`--workers takes a number from 1 to ${WORKERS_MAX}, not "${wanted}".`);
  }
  if (values.crash && values.workers !== undefined) {
    return invalid(
      "--crash and --workers don't go together: --crash runs one worker, kills it, and lets " +
        "another take over. Leave one of them out.",
    );
  }
  const pauseMs = parseDuration(values.pause);
  if (pauseMs === undefined || pauseMs > PAUSE_MAX_MS) {
    return invalid(
      `--pause takes a time up to 1h, such as 500ms, 2s or 1m, not "${values.pause}".`,
    );
  }
  if (values.out.trim() === "")
    return invalid("--out takes the name of a folder, not an empty text.");
  if (positionals.some((path) => path.trim() === "")) return invalid("A path is an empty text.");
  const { crash, out, keep } = values;
  return { kind: "run", options: { paths: positionals, crash, workers, out, pauseMs, keep } };
}

const invalid = (message: string): ParsedArguments => ({
  kind: "invalid",
  message: `${message}\nRun "pnpm demo --help" to see what there is.`,
  exitCode: 2,
});
