import { parseArgs } from "node:util";

export type RangeName = "kills" | "zombies" | "blocked" | "database" | "disk";

export interface ProveOptions {
  readonly ranges: readonly RangeName[];
  /** Of the range of kills: one kill a second. */
  readonly seconds: number;
  readonly seed: number;
  readonly zombies: number;
  /** File that gets a line for each range. */
  readonly results: string;
}

export type ParsedOptions =
  | { readonly kind: "run"; readonly options: ProveOptions }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "invalid"; readonly message: string };

/** In the order in which they are told. */
const RANGES: { readonly [name in RangeName]: string } = {
  kills: "a worker under load is killed every second, and another started",
  zombies: "workers are stopped for longer than their lease, and go on",
  blocked: "steps block the event loops of workers",
  database: "the file is locked, or may not grow",
  disk: "the disk is full (needs the right to mount a file system)",
};
const NAMES = Object.keys(RANGES) as readonly RangeName[];
const SECONDS = { least: 1, most: 86_400, otherwise: 60 };
const SEED = { least: 1, most: 2 ** 32 - 1, otherwise: 1 };
const ZOMBIES = { least: 1, most: 10_000, otherwise: 50 };
const RESULTS = ".sim/prove-processes.jsonl";

const HELP: string = `Kill, stop, block and starve processes on one SQLite file; audit all of it.

  pnpm prove:processes [options]

  --only NAMES      ranges, joined by commas (default all):
${NAMES.map((name) => `                    ${name.padEnd(9)} ${RANGES[name]}`).join("\n")}
  --seconds N       of kills: so many, one a second (default ${SECONDS.otherwise})
  --seed N          says which workers are killed (default ${SEED.otherwise})
  --zombies N       workers stopped, by fives, as five fleets share them
                    (default ${ZOMBIES.otherwise})
  --results FILE    gets a line of JSON for each range (default ${RESULTS})
  --help            shows this text

Exit code 0: nothing was found. 1: something was, or nothing could be played. 2: the command line
was wrong. 130: interrupted.
`;

/** Reads a command line. What is wrong with it is said in one message, never thrown. */
export function parseOptions(argv: readonly string[]): ParsedOptions {
  // Package managers hand a leading "--" through.
  const args = argv[0] === "--" ? argv.slice(1) : [...argv];
  try {
    return parsed(args);
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    if (error instanceof RangeError) return invalid(message);
    if (!code?.startsWith("ERR_PARSE_ARGS")) throw error;
    const [said = message] = message.split(/\.\s/);
    return invalid(said.endsWith(".") ? said : `${said}.`);
  }
}

function parsed(args: string[]): ParsedOptions {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: NAMES.join() },
      seconds: { type: "string" },
      seed: { type: "string" },
      zombies: { type: "string" },
      results: { type: "string", default: RESULTS },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return { kind: "help", text: HELP };
  const only = values.only.split(",");
  const strange = only.find((name) => !NAMES.some((known) => known === name));
  if (strange !== undefined) return invalid(`--only takes ${NAMES.join(", ")}, not "${strange}".`);
  if (values.results.trim() === "") return invalid("--results takes the name of a file.");
  const options = {
    ranges: NAMES.filter((name) => only.includes(name)),
    seconds: wholeOf("seconds", values.seconds, SECONDS),
    seed: wholeOf("seed", values.seed, SEED),
    zombies: wholeOf("zombies", values.zombies, ZOMBIES),
    results: values.results,
  };
  return { kind: "run", options };
}

/**
 * @throws RangeError for what is no whole number within the bounds
 */
function wholeOf(
  option: string,
  text: string | undefined,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  if (text === undefined) return otherwise;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new RangeError(`--${option} takes a whole number from ${least} to ${most}, not "${text}".`);
}

const invalid = (message: string): ParsedOptions => ({
  kind: "invalid",
  message: `${message}\nRun "pnpm prove:processes --help" to see what there is.`,
});
