import { parseArgs } from "node:util";

export type RangeName = "kills" | "zombies" | "blocked" | "database" | "disk";

/** What keeps the state of a fleet. */
export const DATABASES = ["sqlite", "postgres", "mariadb"] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** What carries the jobs of a fleet: the database itself, or a queue beside it. */
export const QUEUES = ["sql", "redis", "sqs"] as const;
export type QueueName = (typeof QUEUES)[number];

export interface ProveOptions {
  readonly database: DatabaseName;
  readonly queue: QueueName;
  readonly ranges: readonly RangeName[];
  /** Processes of the range of kills. */
  readonly workers: number;
  /** Of the range of kills, at least. */
  readonly runs: number;
  readonly kills: number;
  /** Crashes of the database server in the range of kills. */
  readonly restarts: number;
  /** Crashes of the queue's server in the range of kills; in every second one it loses all jobs. */
  readonly queueCrashes: number;
  /** The range of kills is told in so many, each with a database of its own. */
  readonly parts: number;
  /** False: processes of one machine do not see each other die, and leases must run out. */
  readonly deathNotice: boolean;
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
  kills: "workers under load are killed, others started, a server crashed",
  zombies: "workers are stopped for longer than their lease, and go on",
  blocked: "steps block the event loops of workers",
  database: "the file is locked or may not grow; a server or its network fails",
  disk: "the disk is full (needs the right to mount a file system)",
};
const NAMES = Object.keys(RANGES) as readonly RangeName[];
const WORKERS = { least: 1, most: 100, otherwise: 6 };
const RUNS = { least: 1, most: 10_000_000, otherwise: 1_000 };
const KILLS = { least: 1, most: 1_000_000, otherwise: 60 };
const RESTARTS = { least: 0, most: 100_000, otherwise: 0 };
const PARTS = { least: 1, most: 1_000, otherwise: 1 };
const SEED = { least: 1, most: 2 ** 32 - 1, otherwise: 1 };
const ZOMBIES = { least: 1, most: 10_000, otherwise: 50 };
const RESULTS = ".sim/prove-processes.jsonl";

const HELP: string = `Kill, stop, block and starve processes on one database; audit all of it.

  pnpm prove:processes [options]

  --only NAMES      ranges, joined by commas (default all):
${NAMES.map((name) => `                    ${name.padEnd(9)} ${RANGES[name]}`).join("\n")}
  --database NAME   sqlite, postgres or mariadb, the last two as a server of
                    this command's own (default sqlite)
  --queue NAME      what carries jobs in the range of kills: sql, which is the
                    database, redis or sqs, as a server of this command's own
                    (default sql)
  --workers N       processes that are killed (default ${WORKERS.otherwise})
  --runs N          of kills, at least (default ${RUNS.otherwise})
  --kills N         every 1 to 3 s, spread over the runs (default ${KILLS.otherwise})
  --restarts N      crashes of the server meanwhile (default ${RESTARTS.otherwise})
  --queue-crashes N crashes of the queue's server meanwhile, every second time
                    with the loss of all jobs (default ${RESTARTS.otherwise})
  --parts N         kills in so many parts; the same command again plays only those
                    that are missing at this commit (default ${PARTS.otherwise})
  --no-death-notice processes do not see each other die: leases must run out
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
  const { values } = valuesOf(args);
  if (values.help) return { kind: "help", text: HELP };
  const only = values.only.split(",");
  const strange = only.find((name) => !NAMES.some((known) => known === name));
  if (strange !== undefined) return invalid(`--only takes ${NAMES.join(", ")}, not "${strange}".`);
  if (values.results.trim() === "") return invalid("--results takes the name of a file.");
  const database = nameOf("database", values.database, DATABASES);
  const queue = nameOf("queue", values.queue, QUEUES);
  const restarts = wholeOf("restarts", values.restarts, RESTARTS);
  const queueCrashes = wholeOf("queue-crashes", values["queue-crashes"], RESTARTS);
  if (restarts > 0 && database === "sqlite")
    return invalid("--restarts needs a server: --database postgres or mariadb.");
  if (queueCrashes > 0 && queue === "sql")
    return invalid("--queue-crashes needs a server: --queue redis or sqs.");
  if (queue !== "sql" && values.only !== "kills")
    return invalid(`--queue ${queue} is for one range: --only kills.`);
  const options = {
    database,
    queue,
    restarts,
    queueCrashes,
    workers: wholeOf("workers", values.workers, WORKERS),
    runs: wholeOf("runs", values.runs, RUNS),
    kills: wholeOf("kills", values.kills, KILLS),
    parts: wholeOf("parts", values.parts, PARTS),
    deathNotice: !values["no-death-notice"],
    ranges: NAMES.filter((name) => only.includes(name)),
    seed: wholeOf("seed", values.seed, SEED),
    zombies: wholeOf("zombies", values.zombies, ZOMBIES),
    results: values.results,
  };
  return { kind: "run", options };
}

const valuesOf = (args: string[]) =>
  parseArgs({
    args,
    options: {
      only: { type: "string", default: NAMES.join() },
      database: { type: "string", default: "sqlite" },
      queue: { type: "string", default: "sql" },
      workers: { type: "string" },
      runs: { type: "string" },
      kills: { type: "string" },
      restarts: { type: "string" },
      "queue-crashes": { type: "string" },
      parts: { type: "string" },
      "no-death-notice": { type: "boolean", default: false },
      seed: { type: "string" },
      zombies: { type: "string" },
      results: { type: "string", default: RESULTS },
      help: { type: "boolean", short: "h", default: false },
    },
  });

/**
 * @throws RangeError for a name that is none of them
 */
function nameOf<T extends string>(option: string, text: string, names: readonly T[]): T {
  const name = names.find((known) => known === text);
  if (name !== undefined) return name;
  throw new RangeError(`--${option} takes ${names.join(", ")}, not "${text}".`);
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
