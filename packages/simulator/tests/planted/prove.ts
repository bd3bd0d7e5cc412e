import { writeFileSync } from "node:fs";
import { isMember, playForParent, workTogether } from "../../src/cli/crew.ts";
import { endWithReader } from "../../src/cli/end-with-reader.ts";
import { SIMULATED_BUGS } from "./all.ts";
import { FIRST_SEEDS } from "./first-seeds.ts";
import type { SimulatedBug } from "./planted-bug.ts";
import { parseSearchOptions, type SearchOptions } from "./prove-options.ts";
import { search } from "./search.ts";

/** A bug, and the last seed that is tried. */
interface Wanted {
  readonly name: string;
  readonly to: number;
}

/** What a search for one bug came to. */
interface Searched {
  readonly name: string;
  readonly seed: number | undefined;
  readonly check: string;
  readonly message: string;
}

if (isMember()) playForParent(searched);
else process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  endWithReader();
  const parsed = parseSearchOptions(argv);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === "invalid") {
    process.stderr.write(`${parsed.message}\n`);
    return 2;
  }
  return searchAll(parsed.options);
}

async function searchAll({ names, to, workers, write }: SearchOptions): Promise<number> {
  const left = [...names];
  const all = new Map<string, Searched>();
  await workTogether({
    script: import.meta.filename,
    members: Math.min(workers, left.length),
    next: (): Wanted | undefined => {
      const name = left.shift();
      return name === undefined ? undefined : { name, to };
    },
    played: (one: Searched) => {
      all.set(one.name, one);
      process.stderr.write(`${one.seed ?? "not found"}: ${one.name}\n`);
    },
  });
  const order = SIMULATED_BUGS.filter(({ name }) => all.has(name));
  say("| planted bug | from | first seed | found by |\n|---|---|---|---|");
  for (const bug of order) say(row(bug, all.get(bug.name) as Searched));
  const found = [...all.values()].filter(({ seed }) => seed !== undefined);
  say(`\n${found.length} of ${names.length} found within ${to} seeds`);
  if (write) writeSeeds(all);
  return found.length === names.length ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function row({ name, source }: SimulatedBug, { seed, check, message }: Searched): string {
  const what = message.replaceAll("|", "/").replaceAll(/[0-9A-Z]{26}/g, "…");
  const from = source === "sin" ? "sin" : `no. ${source}`;
  return `| ${name} | ${from} | ${seed ?? "none"} | ${check}: ${what.slice(0, 70)} |`;
}

/** Bugs that were not searched for, or not found, keep the seed that they had. */
function writeSeeds(all: ReadonlyMap<string, Searched>): void {
  const lines = SIMULATED_BUGS.flatMap(({ name }) => {
    const seed = all.get(name)?.seed ?? FIRST_SEEDS[name];
    return seed === undefined ? [] : [`  ${JSON.stringify(name)}: ${seed},`];
  });
  const text = [
    "/** Seeds that find planted bugs first; `pnpm prove:planted --write` finds them anew. */",
    "export const FIRST_SEEDS: Readonly<Record<string, number>> = {",
    ...lines,
    "};\n",
  ];
  writeFileSync(new URL("first-seeds.ts", import.meta.url), text.join("\n"));
}

async function searched({ name, to }: Wanted): Promise<Searched> {
  const bug = SIMULATED_BUGS.find((one) => one.name === name);
  if (!bug) throw new Error(`There is no bug ${name}.`);
  const found = await search(bug, { from: 1, to });
  const { check = "", message = "" } = found?.problem ?? {};
  return { name, seed: found?.seed, check, message };
}
