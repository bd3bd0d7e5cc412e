import { type CommandLine, type Given, readCommandLine } from "../../src/cli/command-line.ts";
import { WORKERS } from "../../src/cli/sim-options.ts";

export const QUEUES = ["memory", "redis"] as const;
export type QueueName = (typeof QUEUES)[number];

export interface DeliveryOptions {
  readonly queue: QueueName;
  /** At least so many have to end. */
  readonly runs: number;
  /** Plays this one alone. */
  readonly seed: number | undefined;
  readonly workers: number;
  readonly ledger: string;
}

const RUNS = { least: 1, most: 10_000_000, otherwise: 50_000 } as const;
const SEED = { least: 1, most: Number.MAX_SAFE_INTEGER } as const;
const LEDGER = ".sim/delivery.jsonl";

const HELP: string = `Lose, double, delay and reorder jobs: all runs must end as they do without.

  pnpm prove:delivery [options]

  --queue NAME      memory: random programs in virtual time; redis: runs in real time on a
                    Redis of this command's own (default memory)
  --runs N          at least so many (default ${RUNS.otherwise})
  --workers N       processes, ${WORKERS.least} to ${WORKERS.most} (default ${WORKERS.otherwise})
  --ledger FILE     keeps finished seeds, so that the same command goes on where it was at the
                    same commit (default ${LEDGER})
  --seed N          plays one seed: on Redis 500 runs
  --help            shows this text

Exit code 0: nothing was found. 1: something was. 2: the command line was wrong.
`;

/** Reads the command line of `pnpm prove:delivery`. */
export const parseDeliveryOptions = (argv: readonly string[]): CommandLine<DeliveryOptions> =>
  readCommandLine(
    {
      name: "pnpm prove:delivery",
      help: HELP,
      valued: ["queue", "runs", "workers", "ledger", "seed"],
      switches: [],
      read,
    },
    argv,
  );

function read(given: Given): DeliveryOptions {
  given.excludes("seed", ["runs", "workers", "ledger"]);
  return {
    queue: given.oneOf("queue", QUEUES, "memory"),
    runs: given.whole("runs", RUNS),
    seed: given.has("seed") ? given.whole("seed", SEED) : undefined,
    workers: given.whole("workers", WORKERS),
    ledger: given.text("ledger", LEDGER),
  };
}
