import type { DurableContext, StepScope } from "@pawl/kernel";
import type { Sighting } from "../checks/sightings.ts";
import type { Prng } from "../world/prng.ts";

/** A piece of a random program, as plain data. */
export interface Part {
  readonly type: string;
  /** Unique within its program. */
  readonly key: string;
}

/** What a part may come to: `=value` or `!name of an error`. */
export type Outcomes = ReadonlySet<string>;

export const succeeds = (value: string): Outcomes => new Set([`=${value}`]);
export const failsWith = (name: string): Outcomes => new Set([`!${name}`]);

export interface Drawing {
  readonly chance: Prng;
  /** A key that no other part has. */
  newKey(): string;
  /** Another part, one level deeper. */
  part(): Part;
  parts(least: number, most: number): readonly Part[];
}

/** A step's body, as the world outside the store notes it. */
export interface StepBodyFacts {
  readonly scope: StepScope;
  readonly atMostOnce: boolean;
}

/** What runs a program inside a stage of the engine. */
export interface Body {
  readonly ctx: DurableContext;
  /** Added to the keys of parts that run several times. */
  readonly suffix: string;
  run(part: Part, suffix?: string): Promise<string>;
  /** How many sightings there are. */
  seen(): number;
  /** Notes what the body saw settle. */
  saw(text: string, how: Omit<Sighting, "text">): void;
  /** Notes that the body of a step was entered. */
  entered(facts: StepBodyFacts): void;
  /** Notes that it threw. */
  threw(facts: StepBodyFacts): void;
  /** Time that passes inside the body of a step. */
  work(ms: number): Promise<void>;
}

/** How the outcomes of a program follow without an engine. */
export interface Model {
  /** Faults may make time pass anywhere. */
  readonly faulty: boolean;
  /** Added to the keys, as in the body. */
  readonly suffix: string;
  of(part: Part, suffix?: string): Outcomes;
}

/** One construct of the language: how to draw, run and foresee it. */
export interface Construct<P extends Part = Part> {
  readonly type: P["type"];
  /** How often it is drawn. */
  readonly weight: number;
  /** Contains others. */
  readonly nests: boolean;
  draw(drawing: Drawing): P;
  run(part: P, body: Body): Promise<string>;
  outcomes(part: P, model: Model): Outcomes;
}

/** More than this many outcomes are not told apart: anything goes. */
export const OUTCOMES_MAX = 200;

/** Every way to take one of each, in order; the first failure of them ends it. */
export function inSequence(each: readonly Outcomes[]): readonly (readonly string[])[] {
  let ways: (readonly string[])[] = [[]];
  for (const outcomes of each) {
    ways = ways.flatMap((way) => {
      if (way.at(-1)?.startsWith("!")) return [way];
      return [...outcomes].map((outcome) => [...way, outcome]);
    });
    if (ways.length > OUTCOMES_MAX) throw new TooManyOutcomes();
  }
  return ways;
}

export class TooManyOutcomes extends Error {}

/** A short text that differs where the long one does. */
export function shortText(text: string): string {
  if (text.length <= 24) return text;
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let at = 0; at < text.length; at++) {
    a = Math.imul(a ^ text.charCodeAt(at), 0x01000193);
    b = Math.imul(b ^ a ^ (a >>> 13), 0x85ebca6b);
  }
  return `~${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}
