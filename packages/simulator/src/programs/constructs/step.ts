import { type StepOptions, type StepScope, TerminalError } from "@pawl/kernel";
import type { Prng } from "../../world/prng.ts";
import {
  type Body,
  type Construct,
  failsWith,
  type Part,
  shortText,
  succeeds,
} from "../construct.ts";

export interface StepPart extends Part {
  readonly type: "step";
  readonly mode: "atLeastOnce" | "atMostOnce";
  readonly deferred: boolean;
  /** Attempts that throw before one returns. */
  readonly fails: number;
  /** Throws what no attempt can mend. */
  readonly terminal: boolean;
  readonly maxAttempts: number;
  readonly delayMs: number;
  readonly workMs: number;
  /** Longer than the work, or far shorter. */
  readonly timeoutMs: number | undefined;
  /** Length of the value. */
  readonly size: number;
  /** The value is an object of what JSON would lose, and the body keeps it and spoils it later. */
  readonly rich: boolean;
}

const HANGS_MS = 3_600_000;

/** A step: default, deferred or at most once; it may fail, hang, and answer much. */
export const step: Construct<StepPart> = {
  type: "step",
  weight: 10,
  nests: false,
  draw: ({ chance, newKey }) => {
    const mode = chance.chance(0.15) ? "atMostOnce" : "atLeastOnce";
    const hangs = chance.chance(0.04);
    const fails = chance.chance(0.3) ? chance.int(1, 4) : 0;
    return {
      type: "step",
      key: newKey(),
      mode,
      deferred: mode === "atLeastOnce" && chance.chance(0.2),
      fails,
      terminal: fails > 0 && chance.chance(0.15),
      maxAttempts: hangs ? chance.int(1, 2) : chance.int(1, 4),
      delayMs: chance.pick([0, 1, 20, 300, 3_000, 9_000]),
      workMs: hangs ? HANGS_MS : drawWork(chance),
      timeoutMs: hangs || chance.chance(0.1) ? chance.int(1_000, 4_000) : undefined,
      size: chance.chance(0.15) ? chance.int(200, 3_000) : 0,
      rich: chance.chance(0.2),
    };
  },
  run: async (part, body) => {
    const askedAt = body.seen();
    const key = part.key + body.suffix;
    let kept: Rich | undefined;
    const enter = async (scope: StepScope): Promise<string | Rich> => {
      const text = await bodyOf(part, body, scope);
      if (part.rich) kept = richOf(text);
      return kept ?? text;
    };
    try {
      const answer = await body.ctx.step(key, enter, optionsOf(part));
      if (kept) kept.text = "spoilt";
      const value = shortText(textIn(answer));
      body.saw(`${key}=${value}`, { durable: !part.deferred, askedAt });
      return value;
    } catch (error) {
      body.saw(`${key} failed`, { durable: false, askedAt });
      throw error;
    }
  },
  outcomes: (part, { faulty, suffix }) => {
    const attempts = part.mode === "atMostOnce" ? 1 : part.maxAttempts;
    if (part.workMs === HANGS_MS) return failsWith("StepTimeoutError");
    const fails = part.fails >= attempts || (part.terminal && part.fails > 0);
    const name = part.terminal ? "TerminalError" : "StepFailed";
    const own = fails ? failsWith(name) : succeeds(shortText(textOf(part, suffix)));
    if (part.timeoutMs === undefined || !faulty) return own;
    return new Set([...own, ...failsWith("StepTimeoutError")]);
  },
};

interface Rich {
  text: string;
  readonly at: Date;
  readonly sizes: ReadonlyMap<number, bigint>;
  readonly nothing: undefined;
}

const richOf = (text: string): Rich => ({
  text,
  at: new Date(text.length),
  sizes: new Map([[text.length, BigInt(text.length)]]),
  nothing: undefined,
});

/** The text of an answer, if it is whole. */
function textIn(answer: string | Rich): string {
  if (typeof answer === "string") return answer;
  const { text, at, sizes } = answer;
  const isWhole =
    at instanceof Date &&
    at.getTime() === text.length &&
    sizes instanceof Map &&
    sizes.get(text.length) === BigInt(text.length) &&
    "nothing" in answer;
  return isWhole ? text : `not whole: ${text}`;
}

async function bodyOf(part: StepPart, body: Body, scope: StepScope): Promise<string> {
  const facts = { scope, atMostOnce: part.mode === "atMostOnce" };
  body.entered(facts);
  if (part.workMs > 0) await body.work(part.workMs);
  if (scope.attempt > part.fails) return textOf(part, body.suffix);
  body.threw(facts);
  throw part.terminal ? new TerminalError("never") : new StepFailed(part.key);
}

const optionsOf = (part: StepPart): StepOptions => ({
  mode: part.mode,
  durability: part.deferred ? "deferred" : "committed",
  retry: { maxAttempts: part.maxAttempts, initialDelay: part.delayMs },
  ...(part.timeoutMs === undefined ? {} : { timeout: part.timeoutMs }),
});

class StepFailed extends Error {
  override name = "StepFailed";
}

const drawWork = (chance: Prng): number =>
  chance.chance(0.6) ? 0 : chance.pick([1, 10, 200, 900]);

const textOf = ({ key, size }: StepPart, suffix: string): string =>
  `${key}${suffix}`.padEnd(size, "·");
