import {
  type CommandLine,
  type Given,
  Refused,
  readCommandLine,
} from "../../src/cli/command-line.ts";
import { WORKERS } from "../../src/cli/sim-options.ts";
import { ADAPTER_BUGS } from "./adapters.ts";
import { SIMULATED_BUGS } from "./all.ts";

export interface SearchOptions {
  /** Names of the bugs to search for. */
  readonly names: readonly string[];
  /** Seeds from 1 to this one. */
  readonly to: number;
  readonly workers: number;
  readonly write: boolean;
}

const TO = { least: 1, most: 10_000_000, otherwise: 10_000 } as const;

const HELP: string = `Put known bugs into the engine, one by one, and tell which seed finds each.

  pnpm prove:planted [options]

  --only TEXT       bugs whose name contains it (default: all ${SIMULATED_BUGS.length})
  --to SEED         the last seed that is tried, ${TO.least} to ${TO.most} (default ${TO.otherwise})
  --workers N       processes, ${WORKERS.least} to ${WORKERS.most} (default ${WORKERS.otherwise})
  --write           takes the seeds over into packages/simulator/tests/planted/first-seeds.ts
  --help            shows this text

Exit code 0: all were found. 1: one was not. 2: the command line was wrong.
The ${ADAPTER_BUGS.length} bugs of adapters are found by conformance suites, not by seeds:
  pnpm test packages/simulator/tests/planted-adapters.test.ts
`;

/** Reads the command line of `pnpm prove:planted`. */
export const parseSearchOptions = (argv: readonly string[]): CommandLine<SearchOptions> =>
  readCommandLine(
    {
      name: "pnpm prove:planted",
      help: HELP,
      valued: ["only", "to", "workers"],
      switches: ["write"],
      read: (given) => ({
        names: given.has("only") ? namesOf(given) : SIMULATED_BUGS.map(({ name }) => name),
        to: given.whole("to", TO),
        workers: given.whole("workers", WORKERS),
        write: given.has("write"),
      }),
    },
    argv,
  );

function namesOf(given: Given): readonly string[] {
  const only = given.text("only", "");
  const named = ({ name }: { readonly name: string }): boolean => name.includes(only);
  const names = SIMULATED_BUGS.filter(named).map(({ name }) => name);
  if (names.length > 0) return names;
  const [bug] = ADAPTER_BUGS.filter(named);
  if (bug) {
    throw new Refused(
      `"${bug.name}" is found by no seed but by conformance (${bug.clause}): ` +
        "packages/simulator/tests/planted-adapters.test.ts shows it.",
    );
  }
  const known = [...SIMULATED_BUGS, ...ADAPTER_BUGS].map(({ name }) => `\n  ${name}`).join("");
  throw new Refused(`--only takes a part of a bug's name, and "${only}" is in none:${known}`);
}
