import { EXAMPLES } from "../crash-points/all-examples.ts";
import { type CrashPoint, pointOf, pointText } from "../crash-points/crash-point.ts";
import type { Example } from "../crash-points/example.ts";
import { PAIR_EXAMPLES, type ProofKind } from "../crash-points/prove-range.ts";
import type { Adapter } from "../seed/scenario.ts";
import { type CommandLine, type Given, Refused, readCommandLine } from "./command-line.ts";
import { ADAPTERS, WORKERS } from "./sim-options.ts";

/** One play of one example. */
export interface OneExample {
  readonly example: Example;
  readonly crashes: readonly CrashPoint[];
  readonly adapter: Adapter;
  readonly trace: boolean;
}

/** Every crash of every example. */
export interface AllCrashes {
  readonly adapters: readonly Adapter[];
  readonly kinds: readonly ProofKind[];
  readonly workers: number;
  /** Beginning of the names of files, one for each kind. */
  readonly ledger: string;
}

const KINDS: readonly ProofKind[] = ["points", "pairs"];
const LEDGER = ".sim/crash";
const POINT =
  "worker.1:17:after, which is: worker or starter, which of them (1, or 2 for its successor), " +
  "the number of its call from 1, and before, after or answered; then :land where the calls " +
  "beside it take effect";

const HELP: string = `Let a process die at every call of workflows, all of which must end alike.

  pnpm prove:crash [options]              every crash of ${EXAMPLES.length} workflows
  pnpm prove:crash --example ID [options] one play

  --adapter NAME    ${ADAPTERS.join(" or ")} (default both; with --example memory)
  --help            shows this text

without --example
  --kind KIND       points: a crash at every call; pairs: after each such crash another at every
                    call of the successor, in ${PAIR_EXAMPLES.join(", ")}
                    (default both)
  --workers N       processes, ${WORKERS.least} to ${WORKERS.most} (default ${WORKERS.otherwise})
  --ledger PREFIX   keeps finished ranges in PREFIX-points.jsonl and PREFIX-pairs.jsonl, so that
                    the same command goes on where it was at the same commit (default ${LEDGER})

with --example
  --example ID      ${exampleLines()}
  --crashes POINTS  joined by commas, in order of time, each such as
                    worker.1:17:after
                    starter.2:1:before
                    worker.1:17:after:land
                    that is: who; which of them (1, or 2 for its successor); the number of its
                    call from 1; before it has an effect, after it but before the answer, or
                    answered; with :land where other calls under way take effect, which else are
                    lost (default none: plays it without a crash)
  --trace           shows every move

Exit code 0: nothing was found. 1: something was. 2: the command line was wrong.
`;

/** Reads the command line of `pnpm prove:crash`. */
export const parseCrashOptions = (argv: readonly string[]): CommandLine<OneExample | AllCrashes> =>
  readCommandLine(
    {
      name: "pnpm prove:crash",
      help: HELP,
      valued: ["adapter", "kind", "example", "crashes", "workers", "ledger"],
      switches: ["trace"],
      read,
    },
    argv,
  );

function read(given: Given): OneExample | AllCrashes {
  given.excludes("example", ["kind", "workers", "ledger"]);
  given.need("example", ["crashes", "trace"]);
  const adapter = given.oneOf("adapter", ADAPTERS, "memory");
  if (given.has("example")) {
    const crashes = given.has("crashes") ? crashesOf(given.text("crashes", "")) : [];
    return { example: exampleOf(given), crashes, adapter, trace: given.has("trace") };
  }
  const kind = given.oneOf("kind", KINDS, "points");
  return {
    adapters: given.has("adapter") ? [adapter] : ADAPTERS,
    kinds: given.has("kind") ? [kind] : KINDS,
    workers: given.whole("workers", WORKERS),
    ledger: given.text("ledger", LEDGER),
  };
}

function exampleOf(given: Given): Example {
  const ids = EXAMPLES.map(({ id }) => id);
  const id = given.oneOf("example", ids, "");
  return EXAMPLES.find((example) => example.id === id) as Example;
}

function crashesOf(text: string): readonly CrashPoint[] {
  const crashes = text.split(",").map((part) => {
    const point = pointOf(part);
    if (!point) throw new Refused(`--crashes takes points such as ${POINT}; not "${part}".`);
    return point;
  });
  const names = crashes.map(pointText);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Refused(`--crashes names ${twice} twice.`);
  return crashes;
}

function exampleLines(): string {
  const lines: string[] = [""];
  for (const { id } of EXAMPLES) {
    const line = lines.at(-1) as string;
    if (line.length + id.length > 70) lines.push(id);
    else lines[lines.length - 1] = line === "" ? id : `${line} ${id}`;
  }
  return lines.join(`\n${" ".repeat(20)}`);
}
