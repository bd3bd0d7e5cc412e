import type { Code } from "./commit-of.ts";
import { workTogether } from "./crew.ts";
import { Ledger } from "./ledger.ts";
import { Progress } from "./progress.ts";
import { countOf, type RangePlayed, rangesText } from "./range.ts";
import type { ManySeeds } from "./sim-options.ts";

/** Seeds that a process plays before it tells: few enough that progress is seen. */
const PIECE_MAX = { memory: 250, sqlite: 50 } as const;
/** Pieces of a short range, for each process. */
const PIECES_EACH = 8;

interface Surroundings {
  readonly code: Code;
  /** Plays ranges for a parent; see `playForParent`. */
  readonly script: string;
  readonly say: (line: string) => void;
}

/** Plays what of a range was not played before; answers the exit code. */
export async function playMany(
  options: ManySeeds,
  { code, script, say }: Surroundings,
): Promise<number> {
  const { range, adapter, minutes, workers } = options;
  const ledger = new Ledger(options.ledger, code.commit);
  const few = Math.ceil(countOf([range]) / (workers * PIECES_EACH));
  const left = [...ledger.left(range, adapter, Math.min(few, PIECE_MAX[adapter]))];
  const total = countOf(left);
  const foundBefore = ledger.foundBefore(range, adapter);
  const before = countOf([range]) - total;
  if (!code.isCommitted) say(UNCOMMITTED);
  const ofAll = Number.isFinite(minutes) ? "" : ` of ${countOf([range])}`;
  if (before > 0) say(`${before}${ofAll} seeds played before at this commit`);
  for (const repro of foundBefore) say(`found then: ${repro}`);
  const begun = Date.now();
  const pieces: RangePlayed[] = [];
  const found = (): number => pieces.reduce((sum, piece) => sum + piece.found.length, 0);
  const progress = new Progress(() => {
    const seeds = countOf(pieces);
    const perSeed = seeds === 0 ? "" : `, ${((Date.now() - begun) / seeds).toFixed(1)} ms each`;
    const of = Number.isFinite(minutes) ? "" : ` of ${total}`;
    return `${seeds}${of} seeds, ${found()} found${perSeed}`;
  });
  await workTogether({
    script,
    members: Math.min(workers, left.length),
    next: () => {
      const isTime = Date.now() - begun < minutes * 60_000;
      const piece = isTime ? left.shift() : undefined;
      return piece && { ...piece, adapter };
    },
    played: (piece: RangePlayed) => {
      ledger.add(piece);
      pieces.push(piece);
      progress.clear();
      for (const { problem, repro } of piece.found) {
        say(`${problem.check}: ${problem.message}\n  ${repro}`);
      }
    },
  });
  progress.end();
  const which = pieces.length > 0 ? ` (${rangesText(pieces)})` : "";
  const seconds = Math.round((Date.now() - begun) / 1_000);
  say(`${countOf(pieces)} seeds${which} on ${adapter} in ${seconds} s`);
  const all = found() + foundBefore.length;
  say(all === 0 ? "nothing found" : `${all} found`);
  return all === 0 && before + pieces.length > 0 ? 0 : 1;
}

/** Said where the code that is played is in no commit. */
export const UNCOMMITTED = "The tree has changes: what is played now counts for this state only.";
