import fc from "fast-check";
import { expect, test } from "vitest";
import { MOVES } from "./all-moves.ts";
import { Bench } from "./bench.ts";
import { type Real, verifyAll } from "./compare.ts";
import { type Expected, newExpected } from "./expected.ts";
import { heal } from "./heal.ts";
import { type Kind, Step } from "./moves.ts";
import { wholeOf } from "./whole-of.ts";

/** Sequences, and the seed of the first thousand. */
const SEQUENCES = wholeOf("PROVE_MODEL", 300, 10_000_000);
const FIRST_SEED = wholeOf("PROVE_SEED", (Date.now() % 2 ** 31) + 1, 2 ** 31);
/** Sequences of one seed: a long run keeps none of those before in memory. */
const CHUNK = 1_000;
/** Of so many sequences one is worked to its end. */
const HEALED_EVERY = 12;
const LENGTH_MAX = 25;
const TOLD_EVERY_MS = 10_000;

const draw = fc.array(fc.nat(11), { minLength: 7, maxLength: 7 });
const CRASH = ["claim", "claimAlone", "reapDead", "register"];

/** What often comes together. */
const SERIES: Readonly<Record<string, readonly string[]>> = {
  work: ["claim", "execute", "execute"],
  crash: CRASH,
  later: ["advance", "maintain"],
  slow: ["claim", "advance", "execute"],
  halt: [...CRASH, ...CRASH, "claimAlone", "pause", "execute", "resume"],
  reopen: ["start", "claim", "execute", "execute", "advance", "replayLetter", "replayLetter"],
  doom: [...CRASH, ...CRASH, ...CRASH, ...CRASH, ...CRASH],
  refuse: ["turnSink", "flushOutbox", "flushOutbox", "flushOutbox", "turnSink"],
  mourn: ["turnSink", "cancel", "delete", "purge", "turnSink"],
};

const kindsOf: Readonly<Record<string, readonly Kind[]>> = {
  ...Object.fromEntries(Object.entries(MOVES).map(([name, kind]) => [name, [kind]])),
  ...Object.fromEntries(
    Object.entries(SERIES).map(([name, names]) => [name, names.map((n) => MOVES[n] as Kind)]),
  ),
};

type Weights = Readonly<Record<string, number>>;

/** Kinds of sequences: every command may come in each, some come more often. */
const LIVES: readonly Weights[] = [
  { start: 6, startMany: 4, work: 40, advance: 20, hint: 6, later: 6 },
  { crash: 40, doom: 20, halt: 20, work: 8, start: 8, replayLetter: 8, discard: 8, advance: 4 },
  { work: 45, replayLetter: 30, advance: 20, reopen: 30, start: 10, claim: 6, later: 6 },
  { refuse: 20, turnSink: 6, replayLetter: 20, discard: 6, mourn: 10, work: 12, start: 12 },
  { pause: 12, resume: 12, claim: 15, work: 25, executeLate: 8, later: 12, start: 8 },
  {
    later: 25,
    slow: 20,
    work: 15,
    startLater: 6,
    reapStale: 6,
    claim: 10,
    beat: 10,
    register: 8,
    start: 6,
  },
];

const stepsOf = (weights: Weights) =>
  Object.entries(kindsOf).flatMap(([name, kinds]) => {
    const step = draw.map((numbers) => new Step(name, kinds, numbers));
    return Array.from({ length: weights[name] ?? 1 }, () => step);
  });

const sequences = fc.oneof(
  ...LIVES.map((weights) =>
    fc.commands(stepsOf(weights), { maxCommands: LENGTH_MAX, size: "max" }),
  ),
);

test("there are at least 22 kinds of commands", () => {
  expect(Object.keys(MOVES).length).toBeGreaterThanOrEqual(22);
});

test(`both stores do what the model says in ${SEQUENCES} sequences of any commands`, {
  timeout: 60_000 + SEQUENCES * 200,
}, async () => {
  let proved = 0;
  const property = fc.asyncProperty(draw, sequences, async (first, commands) => {
    await prove(first, commands);
    proved += 1;
  });
  const begun = performance.now();
  const tell = (): void => {
    if (process.env.PROVE_MODEL === undefined) return;
    const seconds = Math.round((performance.now() - begun) / 1_000);
    console.log(`${proved} of ${SEQUENCES} sequences in ${seconds} s`);
  };
  const progress = setInterval(tell, TOLD_EVERY_MS);
  try {
    for (let done = 0; done < SEQUENCES; done += CHUNK) {
      const numRuns = Math.min(CHUNK, SEQUENCES - done);
      await fc.assert(property, { numRuns, seed: FIRST_SEED + done });
    }
  } finally {
    clearInterval(progress);
  }
});

/** Each begins with a run and a worker, so that there is something to do. */
async function prove(
  first: readonly number[],
  commands: Iterable<fc.AsyncCommand<Expected, Real>>,
): Promise<void> {
  const [memory, sqlite] = [Bench.onMemory(), await Bench.onSqlite()];
  const last = await memory.dump();
  const real: Real = { memory, sqlite, last, commands: 0, fences: new Map() };
  const world = newExpected(memory.world.now);
  try {
    await new Step("start", kindsOf.start ?? [], first).run(world, real);
    await new Step("register", kindsOf.register ?? [], [0]).run(world, real);
    await fc.asyncModelRun(() => ({ model: world, real }), commands);
    if ((first[1] ?? 0) % HEALED_EVERY === 0) await heal(world, real, kindsOf);
    await verifyAll(real);
  } finally {
    await sqlite.close();
  }
}
