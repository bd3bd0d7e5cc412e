import { deepStrictEqual } from "node:assert";
import type { AsyncCommand } from "fast-check";
import type { Bench, Outcome } from "./bench.ts";
import { look, type Real, verify } from "./compare.ts";
import type { Expected } from "./expected.ts";

/** A command as it will be given, and what must come of it. */
export interface Move {
  readonly call: (bench: Bench) => Promise<unknown>;
  /**
   * Changes the model; answers what the outcome must hold, or checks it itself. How many events a
   * run has, or had when it went, is taken from the store.
   */
  readonly expect: (outcome: Outcome, rev: (run: string) => number) => unknown;
}

/** A kind of command: what it is given depends on numbers drawn and on the model as it stands. */
export type Kind = (world: Expected, draw: readonly number[]) => Move | undefined;

/** A command of a sequence, or several that follow each other, on both stores and the model. */
export class Step implements AsyncCommand<Expected, Real> {
  readonly #name: string;
  readonly #kinds: readonly Kind[];
  readonly #draw: readonly number[];

  constructor(name: string, kinds: readonly Kind[], draw: readonly number[]) {
    this.#name = name;
    this.#kinds = kinds;
    this.#draw = draw;
  }

  check(world: Readonly<Expected>): boolean {
    return this.#kinds.some((kind) => kind(world, this.#draw) !== undefined);
  }

  async run(world: Expected, real: Real): Promise<void> {
    for (const kind of this.#kinds) {
      const move = kind(world, this.#draw);
      if (move) await carryOut(world, real, move);
    }
  }

  toString(): string {
    return `${this.#name}(${this.#draw.join()})`;
  }
}

async function carryOut(world: Expected, real: Real, move: Move): Promise<void> {
  const outcome = await real.memory.outcomeOf(move.call);
  const other = await real.sqlite.outcomeOf(move.call);
  deepStrictEqual(other, outcome, "SQLite answers as memory does");
  const before = real.last.runs;
  const dump = await look(real);
  const revs = new Map([...before, ...dump.runs].map(({ id, rev }) => [id, rev]));
  const expected = move.expect(outcome, (run) => revs.get(run) ?? 0);
  if (expected !== undefined) deepStrictEqual(seen(outcome, expected), expected, "the outcome");
  await verify(world, real, dump);
}

/** Of an answer, what the model speaks of. */
function seen(outcome: Outcome, expected: unknown): unknown {
  if (typeof expected !== "object" || expected === null || Array.isArray(expected)) {
    return "value" in outcome ? outcome.value : outcome;
  }
  if ("code" in outcome || "code" in expected) return outcome;
  const value = outcome.value as Record<string, unknown>;
  return Object.fromEntries(Object.keys(expected).map((key) => [key, value[key]]));
}

/** An element chosen by a number; undefined of none. */
export const pick = <T>(items: readonly T[], draw: number | undefined): T | undefined =>
  items[(draw ?? 0) % Math.max(1, items.length)];
