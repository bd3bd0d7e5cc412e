import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { commitOf } from "./cli/commit-of.ts";
import { playForParent, workTogether } from "./cli/crew.ts";
import { Ledger } from "./cli/ledger.ts";
import { playRange, type RangePlayed, type SeedRange } from "./cli/range.ts";
import { shrinkSeed, simulateSeed } from "./seed/find-problem.ts";
import type { Adapter } from "./seed/scenario.ts";

const USAGE = `pnpm sim --seed N [--adapter memory|sqlite] [--trace] [--no-shrink]
         [--without f0,p0.1.2]
pnpm sim --seeds A..B [--adapter …] [--workers 2] [--ledger .sim/ranges.jsonl]
pnpm sim --minutes M [--adapter …] [--workers 2] [--ledger …]`;

const PIECE = 250;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    minutes: { type: "string" },
    adapter: { type: "string", default: "memory" },
    without: { type: "string", default: "" },
    trace: { type: "boolean", default: false },
    shrink: { type: "boolean", default: true },
    workers: { type: "string", default: "2" },
    ledger: { type: "string", default: ".sim/ranges.jsonl" },
    member: { type: "boolean", default: false },
  },
});

const clear = (): string => (process.stdout.isTTY ? "\r\x1b[K" : "");
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (values.member) playForParent(playRange);
else process.exitCode = await main();

async function main(): Promise<number> {
  const adapter = values.adapter as Adapter;
  if (adapter !== "memory" && adapter !== "sqlite") return usage();
  if (values.seed !== undefined) return one(values.seed, adapter);
  const range = rangeOf(values.seeds ?? (values.minutes === undefined ? "" : "1..1000000000"));
  return range ? many(range, adapter) : usage();
}

function usage(): number {
  say(USAGE);
  return 2;
}

/** `A..B`, or undefined when it is not that. */
function rangeOf(text: string): SeedRange | undefined {
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  return from === undefined ? undefined : { from: Number(from), to: Number(to) };
}

async function one(seed: string, adapter: Adapter): Promise<number> {
  const without = values.without.split(",").filter((name) => name !== "");
  const listen = values.trace ? { listen: say } : {};
  const played = await simulateSeed(seed, { adapter, without, ...listen });
  const { hash, moves, virtualMs, problems, hits, runs } = played;
  const ends = runs.map(({ status }) => status).join(", ") || "no run ended";
  say(`seed ${seed}: ${moves} moves in ${Math.round(virtualMs)} virtual ms; ${ends}; hash ${hash}`);
  say(`faults that struck: ${JSON.stringify(hits)}`);
  if (problems.length === 0) return 0;
  if (!values.trace) for (const line of played.tail) say(`  ${line}`);
  for (const { check, message, atMs } of problems) say(`${check} at ${atMs}: ${message}`);
  if (values.shrink && without.length === 0) {
    say(`shorter: ${(await shrinkSeed(played, { adapter })).repro}`);
  }
  return 1;
}

async function many(range: SeedRange, adapter: Adapter): Promise<number> {
  const ledger = new Ledger(values.ledger, commitOf());
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes);
  const until = Date.now() + minutes * 60_000;
  const begun = Date.now();
  const bounded = { from: range.from, to: Math.min(range.to, range.from + 4_000_000) };
  const left = [...ledger.left(bounded, adapter, PIECE)];
  const total = left.length;
  let [seeds, found] = [0, 0];
  const played = (piece: RangePlayed): void => {
    ledger.add(piece);
    seeds += piece.to - piece.from + 1;
    found += piece.found.length;
    for (const { problem, repro } of piece.found) {
      say(`${clear()}${problem.check}: ${problem.message}\n  ${repro}`);
    }
    const perSeed = ((Date.now() - begun) / seeds).toFixed(1);
    const share = Number.isFinite(minutes) ? "" : `, ${total - left.length} of ${total} pieces`;
    const line = `${seeds} seeds up to ${piece.to}, ${found} found, ${perSeed} ms each${share}`;
    if (process.stdout.isTTY) process.stdout.write(`${clear()}${line}`);
  };
  await workTogether({
    script: fileURLToPath(import.meta.url),
    members: Number(values.workers),
    next: () => {
      const piece = Date.now() < until ? left.shift() : undefined;
      return piece && { ...piece, adapter };
    },
    played,
  });
  say(`${clear()}${seeds} seeds on ${adapter} in ${Math.round((Date.now() - begun) / 1_000)} s`);
  say(found === 0 ? "nothing found" : `${found} found`);
  return found === 0 ? 0 : 1;
}
