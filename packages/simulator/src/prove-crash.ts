import { commitOf } from "./cli/commit-of.ts";
import { type AllCrashes, type OneExample, parseCrashOptions } from "./cli/crash-options.ts";
import { isMember, playForParent, workTogether } from "./cli/crew.ts";
import { endWithReader } from "./cli/end-with-reader.ts";
import { Ledger } from "./cli/ledger.ts";
import { UNCOMMITTED } from "./cli/play-many.ts";
import { Progress } from "./cli/progress.ts";
import { countOf } from "./cli/range.ts";
import { measureExample, proveCrashes } from "./crash-points/prove-points.ts";
import {
  firstCrashes,
  type ProofKind,
  type ProvedRange,
  RangeProver,
} from "./crash-points/prove-range.ts";
import type { Adapter } from "./seed/scenario.ts";

/** First crashes of one piece: a pair's stands for a hundred plays. */
const PIECE: Readonly<Record<ProofKind, number>> = { points: 50, pairs: 4 };

const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (isMember()) {
  const prover = new RangeProver();
  playForParent(prover.prove.bind(prover));
} else process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  endWithReader();
  const parsed = parseCrashOptions(argv);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === "invalid") {
    process.stderr.write(`${parsed.message}\n`);
    return 2;
  }
  const { options } = parsed;
  if ("example" in options) return one(options);
  const { commit, isCommitted } = commitOf();
  if (!isCommitted) say(UNCOMMITTED);
  let failures = 0;
  for (const kind of options.kinds) {
    for (const adapter of options.adapters) {
      failures += await proveAll({ ...options, kind, adapter, commit });
    }
  }
  return failures === 0 ? 0 : 1;
}

async function one({ example, crashes, adapter, trace }: OneExample): Promise<number> {
  const listen = trace ? { listen: say } : {};
  const measured = await measureExample(example, { adapter });
  const { played, failure } = await proveCrashes(measured, crashes, { adapter, ...listen });
  say(`${example.id}: ${JSON.stringify(played.outcome)}`);
  const lives = [...played.calls].filter(([life]) => life !== "watcher");
  say(`calls: ${lives.map(([life, calls]) => `${life} ${calls.length}`).join(", ")}`);
  if (!failure) return 0;
  if (!trace) for (const line of failure.tail) say(`  ${line}`);
  for (const line of failure.says) say(line);
  return 1;
}

interface Part extends Pick<AllCrashes, "workers" | "ledger"> {
  readonly kind: ProofKind;
  readonly adapter: Adapter;
  readonly commit: string;
}

/** Plays what was not played before; answers how many failures it has, then and now. */
async function proveAll({ kind, adapter, commit, ...options }: Part): Promise<number> {
  const begun = Date.now();
  const first = await firstCrashes(kind, adapter);
  const examples = new Set(first.map(({ measured }) => measured.example.id)).size;
  const ledger = new Ledger(`${options.ledger}-${kind}.jsonl`, commit);
  const all = { from: 1, to: first.length };
  const left = [...ledger.left(all, adapter, PIECE[kind])];
  const foundBefore = ledger.foundBefore(all, adapter);
  const before = first.length - countOf(left);
  for (const repro of foundBefore) say(`found then: ${repro}`);
  let [done, plays, failures] = [0, 0, 0];
  const progress = new Progress(
    () =>
      `${adapter}: ${done} of ${first.length - before} first crashes, ${plays} ${kind}, ` +
      `${failures} failures`,
  );
  await workTogether({
    script: import.meta.filename,
    members: Math.min(options.workers, left.length),
    next: () => {
      const piece = left.shift();
      return piece && { ...piece, kind, adapter };
    },
    played: (range: ProvedRange) => {
      ledger.add(range);
      done += countOf([range]);
      plays += range.plays;
      failures += range.found.length;
      progress.clear();
      for (const { says, repro } of range.found) say(`${says[0]}\n  ${repro}`);
    },
  });
  progress.end();
  const seconds = Math.round((Date.now() - begun) / 1_000);
  const kept = `, ${before} of ${first.length} first crashes played before at this commit`;
  say(
    `${adapter}: ${examples} examples, ${plays} ${kind}, ${failures} failures, ${seconds} s` +
      (before > 0 ? kept : ""),
  );
  return failures + foundBefore.length;
}
