import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SIMULATED_BUGS } from "./all.ts";
import { FIRST_SEEDS } from "./first-seeds.ts";
import type { SimulatedBug } from "./planted-bug.ts";
import { search } from "./search.ts";

/** What a search for one bug came to. */
interface Searched {
  readonly name: string;
  readonly seed: number | undefined;
  readonly check: string;
  readonly message: string;
}

const { values } = parseArgs({
  options: {
    to: { type: "string", default: "10000" },
    only: { type: "string", default: "" },
    workers: { type: "string", default: "2" },
    /** Takes the seeds over into `first-seeds.ts`. */
    write: { type: "boolean", default: false },
    member: { type: "boolean", default: false },
  },
});

const SEEDS_MAX = Number(values.to);

if (values.member) searchForParent();
else process.exitCode = await main();

async function main(): Promise<number> {
  const left = SIMULATED_BUGS.filter(({ name }) => name.includes(values.only));
  const wanted = left.length;
  const searched = new Map<string, Searched>();
  const next = () => left.shift()?.name;
  const members = Array.from({ length: Number(values.workers) }, () => member(next, searched));
  await Promise.all(members);
  const order = SIMULATED_BUGS.filter(({ name }) => searched.has(name));
  say("| planted bug | from | first seed | found by |\n|---|---|---|---|");
  for (const bug of order) say(row(bug, searched.get(bug.name) as Searched));
  const found = [...searched.values()].filter(({ seed }) => seed !== undefined);
  say(`\n${found.length} of ${wanted} found within ${SEEDS_MAX} seeds`);
  if (values.write) write(searched);
  return found.length === wanted ? 0 : 1;
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
function write(searched: ReadonlyMap<string, Searched>): void {
  const lines = SIMULATED_BUGS.flatMap(({ name }) => {
    const seed = searched.get(name)?.seed ?? FIRST_SEEDS[name];
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

/** Searches for one bug after the other in a process of its own. */
function member(next: () => string | undefined, searched: Map<string, Searched>): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ["--member", "--to", values.to]);
  return new Promise((resolve, reject) => {
    const ask = (): void => {
      const name = next();
      if (name === undefined) child.disconnect();
      else child.send(name);
    };
    child.on("message", (answer) => {
      const one = answer as Searched;
      searched.set(one.name, one);
      process.stderr.write(`${one.seed ?? "not found"}: ${one.name}\n`);
      ask();
    });
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`ended: ${code}`))));
    ask();
  });
}

function searchForParent(): void {
  process.on("message", async (name) => {
    const bug = SIMULATED_BUGS.find((one) => one.name === name);
    if (!bug) throw new Error(`There is no bug ${name}.`);
    const found = await search(bug, { from: 1, to: SEEDS_MAX });
    const { check = "", message = "" } = found?.problem ?? {};
    process.send?.({ name: bug.name, seed: found?.seed, check, message } satisfies Searched);
  });
}
