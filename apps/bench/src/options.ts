import { parseArgs } from "node:util";
import { engineNames } from "./engines/by-name.ts";
import type { EngineName, StoreName } from "./engines/engine.ts";
import { workloadNames } from "./workloads/by-name.ts";
import type { WorkloadName } from "./workloads/workload.ts";

export interface BenchOptions {
  readonly store: StoreName;
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

const STORES: readonly StoreName[] = ["sqlite", "postgres", "mariadb", "transports"];
const REPETITIONS = 3;
const REPETITIONS_MAX = 99;

const HELP: string = `Measure Pawl beside the bare driver and beside other engines.

  pnpm bench [options]

  --store NAME      ${STORES.join(", ")} (default sqlite)
  --workload NAME   more than once for several (default: all)
${namesByStore(workloadNames)}
  --engine NAME     more than once for several (default: all)
${namesByStore(engineNames)}
  --repetitions N   1 to ${REPETITIONS_MAX} (default ${REPETITIONS}, with --quick 1)
  --quick           everything small, to see that it works; its figures mean nothing
  --json FILE       writes the results there
  --profile FOLDER  writes a CPU profile of every measurement there
  --help            shows this text

All workloads on all engines, ${REPETITIONS} times or more and not quick, also write the page in
docs, its charts and the file in apps/bench/results.
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
export const isComplete = (options: BenchOptions): boolean =>
  !options.quick &&
  options.repetitions >= REPETITIONS &&
  options.workloads.length === workloadNames(options.store).length &&
  options.engines.length === engineNames(options.store).length;

function parsed(args: string[]): ParsedOptions {
  const { values } = parseArgs({
    args,
    options: {
      store: { type: "string", default: "sqlite" },
      workload: { type: "string", multiple: true },
      engine: { type: "string", multiple: true },
      repetitions: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return { kind: "help", text: HELP };
  const { quick, json, profile } = values;
  const store = STORES.find((name) => name === values.store);
  if (!store) return unknown("store", values.store, STORES);
  const { workload = workloadNames(store), engine = engineNames(store) } = values;
  const strangeWorkload = strangerIn(workload, workloadNames(store));
  if (strangeWorkload !== undefined) {
    return unknown("workload", strangeWorkload, workloadNames(store));
  }
  const strangeEngine = strangerIn(engine, engineNames(store));
  if (strangeEngine !== undefined) return unknown("engine", strangeEngine, engineNames(store));
  const wanted = values.repetitions ?? String(quick ? 1 : REPETITIONS);
  const repetitions = /^\d+$/.test(wanted) ? Number(wanted) : 0;
  if (repetitions < 1 || repetitions > REPETITIONS_MAX) {
    return invalid(`--repetitions takes a number from 1 to ${REPETITIONS_MAX}, not "${wanted}".`);
  }
  const options: BenchOptions = {
    store,
    workloads: workloadNames(store).filter((name) => workload.includes(name)),
    engines: engineNames(store).filter((name) => engine.includes(name)),
    repetitions,
    quick,
    ...(json === undefined ? {} : { json }),
    ...(profile === undefined ? {} : { profiles: profile }),
  };
  return { kind: "run", options };
}

function namesByStore(namesOf: (store: StoreName) => readonly string[]): string {
  const lines = STORES.map((store) => `                    ${store}: ${namesOf(store).join(", ")}`);
  return lines.join("\n");
}

const strangerIn = (given: readonly string[], known: readonly string[]): string | undefined =>
  given.find((name) => !known.includes(name));

const unknown = (option: string, name: string, known: readonly string[]): ParsedOptions =>
  invalid(`--${option} takes ${known.join(", ")}, not "${name}".`);

const invalid = (message: string): ParsedOptions => ({
  kind: "invalid",
  message: `${message}\nRun "pnpm bench --help" to see what there is.`,
});
