import { parseArgs } from "node:util";
import { ENGINES } from "./engines/by-name.ts";
import type { EngineName } from "./engines/engine.ts";
import { WORKLOADS } from "./workloads/by-name.ts";
import type { WorkloadName } from "./workloads/workload.ts";

export interface BenchOptions {
  readonly workloads: readonly WorkloadName[];
  readonly engines: readonly EngineName[];
  readonly repetitions: number;
  readonly quick: boolean;
  /** File for the results as JSON. */
  readonly json?: string;
  /** Folder for CPU profiles. */
  readonly profiles?: string;
}

export type ParsedOptions =
  | { readonly kind: "run"; readonly options: BenchOptions }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "invalid"; readonly message: string };

const ALL_ENGINES = Object.keys(ENGINES) as readonly EngineName[];
const ALL_WORKLOADS = Object.keys(WORKLOADS) as readonly WorkloadName[];
const REPETITIONS = 3;
const REPETITIONS_MAX = 99;

const HELP: string = `Measure Pawl on SQLite beside the bare driver and beside OpenWorkflow.

  pnpm bench [options]

  --workload NAME   ${ALL_WORKLOADS.join(", ")};
                    more than once for several (default: all)
  --engine NAME     ${ALL_ENGINES.join(", ")}; more than once for several (default: all)
  --repetitions N   1 to ${REPETITIONS_MAX} (default ${REPETITIONS}, with --quick 1)
  --quick           everything small, to see that it works; its figures mean nothing
  --json FILE       writes the results there
  --profile FOLDER  writes a CPU profile of every measurement there
  --help            shows this text

All workloads on all engines, ${REPETITIONS} times or more and not quick, also write docs/BENCH.md,
its charts and apps/bench/results/latest.json.
`;

/** Reads a command line. What is wrong with it is said in one message, never thrown. */
export function parseOptions(argv: readonly string[]): ParsedOptions {
  // Package managers hand a leading "--" through.
  const args = argv[0] === "--" ? argv.slice(1) : [...argv];
  try {
    return parsed(args);
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    if (!code?.startsWith("ERR_PARSE_ARGS")) throw error;
    return invalid(message);
  }
}

/** Whether the page of record may be written from what these options measure. */
export const isComplete = ({ workloads, engines, repetitions, quick }: BenchOptions): boolean =>
  !quick &&
  repetitions >= REPETITIONS &&
  workloads.length === ALL_WORKLOADS.length &&
  engines.length === ALL_ENGINES.length;

function parsed(args: string[]): ParsedOptions {
  const { values } = parseArgs({
    args,
    options: {
      workload: { type: "string", multiple: true, default: [...ALL_WORKLOADS] },
      engine: { type: "string", multiple: true, default: [...ALL_ENGINES] },
      repetitions: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return { kind: "help", text: HELP };
  const { workload, engine, quick, json, profile } = values;
  const strangeWorkload = strangerIn(workload, ALL_WORKLOADS);
  if (strangeWorkload !== undefined) return unknown("workload", strangeWorkload, ALL_WORKLOADS);
  const strangeEngine = strangerIn(engine, ALL_ENGINES);
  if (strangeEngine !== undefined) return unknown("engine", strangeEngine, ALL_ENGINES);
  const wanted = values.repetitions ?? String(quick ? 1 : REPETITIONS);
  const repetitions = /^\d+$/.test(wanted) ? Number(wanted) : 0;
  if (repetitions < 1 || repetitions > REPETITIONS_MAX) {
    return invalid(`--repetitions takes a number from 1 to ${REPETITIONS_MAX}, not "${wanted}".`);
  }
  const options: BenchOptions = {
    workloads: ALL_WORKLOADS.filter((name) => workload.includes(name)),
    engines: ALL_ENGINES.filter((name) => engine.includes(name)),
    repetitions,
    quick,
    ...(json === undefined ? {} : { json }),
    ...(profile === undefined ? {} : { profiles: profile }),
  };
  return { kind: "run", options };
}

const strangerIn = (given: readonly string[], known: readonly string[]): string | undefined =>
  given.find((name) => !known.includes(name));

const unknown = (option: string, name: string, known: readonly string[]): ParsedOptions =>
  invalid(`--${option} takes ${known.join(", ")}, not "${name}".`);

const invalid = (message: string): ParsedOptions => ({
  kind: "invalid",
  message: `${message}\nRun "pnpm bench --help" to see what there is.`,
});
