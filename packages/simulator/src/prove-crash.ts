import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { commitOf } from "./cli/commit-of.ts";
import { playForParent, workTogether } from "./cli/crew.ts";
import { Ledger } from "./cli/ledger.ts";
import { EXAMPLES } from "./crash-points/all-examples.ts";
import { pointOf } from "./crash-points/crash-point.ts";
import { measureExample, proveCrashes } from "./crash-points/prove-points.ts";
import {
  firstCrashes,
  type ProofKind,
  type ProvedRange,
  RangeProver,
} from "./crash-points/prove-range.ts";
import type { Adapter } from "./seed/scenario.ts";

const USAGE = `pnpm prove:crash [--adapter memory|sqlite] [--kind points|pairs] [--workers 2]
         [--ledger .sim/crash]
pnpm prove:crash --example one-step --crashes worker.1:17:after [--adapter …] [--trace]`;

/** First crashes of one piece: a pair's stands for a hundred plays. */
const PIECE: Readonly<Record<ProofKind, number>> = { points: 50, pairs: 4 };

const { values } = parseArgs({
  options: {
    adapter: { type: "string" },
    kind: { type: "string" },
    example: { type: "string" },
    crashes: { type: "string", default: "" },
    trace: { type: "boolean", default: false },
    workers: { type: "string", default: "2" },
    ledger: { type: "string", default: ".sim/crash" },
    member: { type: "boolean", default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (values.member) {
  const prover = new RangeProver();
  playForParent(prover.prove.bind(prover));
} else process.exitCode = await main();

async function main(): Promise<number> {
  const adapters = oneOf<Adapter>(values.adapter, ["memory", "sqlite"]);
  const kinds = oneOf<ProofKind>(values.kind, ["points", "pairs"]);
  if (!adapters || !kinds) {
    say(USAGE);
    return 2;
  }
  if (values.example !== undefined) return one(values.example, adapters[0] ?? "memory");
  let failures = 0;
  for (const kind of kinds) {
    for (const adapter of adapters) failures += await proveAll(kind, adapter);
  }
  return failures === 0 ? 0 : 1;
}

/** All when none is named; undefined when a wrong one is. */
function oneOf<T extends string>(name: string | undefined, all: readonly T[]): T[] | undefined {
  if (name === undefined) return [...all];
  return all.includes(name as T) ? [name as T] : undefined;
}

async function one(id: string, adapter: Adapter): Promise<number> {
  const example = EXAMPLES.find((known) => known.id === id);
  if (!example) {
    say(`There is no example ${id}; there are ${EXAMPLES.map((known) => known.id).join(", ")}.`);
    return 2;
  }
  const crashes = values.crashes === "" ? [] : values.crashes.split(",").map(pointOf);
  const listen = values.trace ? { listen: say } : {};
  const measured = await measureExample(example, { adapter });
  const { played, failure } = await proveCrashes(measured, crashes, { adapter, ...listen });
  say(`${id}: ${JSON.stringify(played.outcome)}`);
  if (!failure) return 0;
  if (!values.trace) for (const line of failure.tail) say(`  ${line}`);
  for (const line of failure.says) say(line);
  return 1;
}

async function proveAll(kind: ProofKind, adapter: Adapter): Promise<number> {
  const begun = Date.now();
  const first = await firstCrashes(kind, adapter);
  const examples = new Set(first.map(({ measured }) => measured.example.id)).size;
  const ledger = new Ledger(`${values.ledger}-${kind}.jsonl`, commitOf());
  const left = [...ledger.left({ from: 1, to: first.length }, adapter, PIECE[kind])];
  const before = first.length - left.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  let [plays, failures] = [0, 0];
  await workTogether({
    script: fileURLToPath(import.meta.url),
    members: Number(values.workers),
    next: () => {
      const piece = left.shift();
      return piece && { ...piece, kind, adapter };
    },
    played: (range: ProvedRange) => {
      ledger.add(range);
      plays += range.plays;
      failures += range.found.length;
      for (const { says, repro } of range.found) say(`${says[0]}\n  ${repro}`);
    },
  });
  const seconds = Math.round((Date.now() - begun) / 1_000);
  const kept = before > 0 ? `, ${before} of ${first.length} first crashes played before` : "";
  say(
    `${adapter}: ${examples} examples, ${plays} ${kind}, ${failures} failures, ${seconds} s${kept}`,
  );
  return failures;
}
