/** The long form of the delivery tests: `pnpm prove:delivery`; see its `--help`. */
import { isSkipped, type OwnServer, privateRedis } from "@pawl/services";
import { commitOf } from "../../src/cli/commit-of.ts";
import { isMember, playForParent, workTogether } from "../../src/cli/crew.ts";
import { endWithReader } from "../../src/cli/end-with-reader.ts";
import { Ledger } from "../../src/cli/ledger.ts";
import { UNCOMMITTED } from "../../src/cli/play-many.ts";
import { Progress } from "../../src/cli/progress.ts";
import type { SeedRange } from "../../src/cli/range.ts";
import { type Asked, type Played, playSeeds } from "./play-seeds.ts";
import { type DeliveryOptions, parseDeliveryOptions, type QueueName } from "./prove-options.ts";

/** Seeds that a process plays before it tells; one on Redis is hundreds of runs. */
const PIECE: Readonly<Record<QueueName, number>> = { memory: 50, redis: 1 };
const SEEDS: SeedRange = { from: 1, to: 1_000_000 };

const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (isMember()) playForParent(playSeeds);
else process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  endWithReader();
  const parsed = parseDeliveryOptions(argv);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === "invalid") {
    process.stderr.write(`${parsed.message}\n`);
    return 2;
  }
  const { options } = parsed;
  const server = options.queue === "redis" ? await ownRedis() : undefined;
  try {
    const { seed } = options;
    if (seed === undefined) return await proveAll(options, server?.url);
    const at = { from: seed, to: seed, queue: options.queue };
    const played = await playSeeds(server ? { ...at, url: server.url } : at);
    tell(played);
    say(figures(played));
    return played.found.length === 0 ? 0 : 1;
  } finally {
    await server?.remove();
  }
}

async function ownRedis(): Promise<OwnServer> {
  const server = await privateRedis();
  if (isSkipped(server)) throw new Error(`no Redis here: ${server.skipped}`);
  return server;
}

/** Plays seeds until so many runs have ended at this commit; answers the exit code. */
async function proveAll(
  { queue, runs, workers, ledger: path }: DeliveryOptions,
  url: string | undefined,
): Promise<number> {
  const begun = Date.now();
  const { commit, isCommitted } = commitOf();
  if (!isCommitted) say(UNCOMMITTED);
  const ledger = new Ledger(path, commit);
  const before = ledger.runsBefore(queue);
  const foundBefore = ledger.foundBefore(SEEDS, queue);
  if (before > 0) say(`${before} runs played before at this commit`);
  for (const repro of foundBefore) say(`found then: ${repro}`);
  const left = ledger.left(SEEDS, queue, PIECE[queue]).values();
  const sum: Sum = { runs: 0, bodies: 0, found: 0, done: {} };
  const progress = new Progress(() => `${before + sum.runs} of ${runs} runs, ${sum.found} found`);
  await workTogether({
    script: import.meta.filename,
    members: workers,
    next: (): Asked | undefined => {
      const piece = before + sum.runs < runs ? left.next().value : undefined;
      return piece && { ...piece, queue, ...(url === undefined ? {} : { url }) };
    },
    played: (piece: Played) => {
      ledger.add(piece);
      add(sum, piece);
      progress.clear();
      tell(piece);
    },
  });
  progress.end();
  say(`${figures(sum)}, ${Math.round((Date.now() - begun) / 1_000)} s`);
  const found = sum.found + foundBefore.length;
  say(found === 0 ? "nothing found" : `${found} found`);
  return found === 0 ? 0 : 1;
}

interface Sum {
  runs: number;
  bodies: number;
  found: number;
  readonly done: Record<string, number>;
}

function add(sum: Sum, { runs, bodies, found, done }: Played): void {
  sum.runs += runs;
  sum.bodies += bodies;
  sum.found += found.length;
  for (const [what, count] of Object.entries(done)) sum.done[what] = (sum.done[what] ?? 0) + count;
}

function tell({ found }: Played): void {
  for (const { says, repro } of found) say(`${says.join("\n")}\n  ${repro}`);
}

function figures({ runs, bodies, done }: Pick<Played, "runs" | "bodies" | "done">): string {
  const mischief = Object.entries(done).map(([what, count]) => `${what} ${count}`);
  return `${runs} runs, ${bodies} bodies; jobs ${mischief.join(", ")}`;
}
