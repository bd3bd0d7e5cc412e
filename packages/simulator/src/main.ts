import { commitOf } from "./cli/commit-of.ts";
import { isMember, playForParent } from "./cli/crew.ts";
import { endWithReader } from "./cli/end-with-reader.ts";
import { playMany } from "./cli/play-many.ts";
import { playRange } from "./cli/range.ts";
import { type OneSeed, parseSimOptions } from "./cli/sim-options.ts";
import { endsText, strikesText } from "./cli/texts.ts";
import { shrinkSeed, simulateSeed } from "./seed/find-problem.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (isMember()) playForParent(playRange);
else process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  endWithReader();
  const parsed = parseSimOptions(argv);
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return 0;
  }
  if (parsed.kind === "invalid") {
    process.stderr.write(`${parsed.message}\n`);
    return 2;
  }
  const { options } = parsed;
  const script = import.meta.filename;
  return "seed" in options ? one(options) : playMany(options, { code: commitOf(), script, say });
}

async function one({ seed, adapter, without, trace, shrink }: OneSeed): Promise<number> {
  const listen = trace ? { listen: say } : {};
  const played = await simulateSeed(`${seed}`, { adapter, without, ...listen });
  const { hash, moves, virtualMs, problems, hits } = played;
  const time = `${moves} moves in ${Math.round(virtualMs)} virtual ms`;
  say(`seed ${seed}: ${time}; ${endsText(played)}; hash ${hash}`);
  say(strikesText(hits));
  if (problems.length === 0) return 0;
  if (!trace) for (const line of played.tail) say(`  ${line}`);
  for (const { check, message, atMs } of problems) say(`${check} at ${atMs}: ${message}`);
  if (shrink && without.length === 0) {
    say(`shorter: ${(await shrinkSeed(played, { adapter })).repro}`);
  }
  return 1;
}
