import type { Construct, Part } from "../construct.ts";
import { all, map, race } from "./branches.ts";
import { again, caught, chance, notes } from "./plain.ts";
import { step } from "./step.ts";
import { sleep } from "./timers.ts";

/** Everything that a random program is made of: a new construct is a file and a word here. */
export const CONSTRUCTS: ReadonlyMap<string, Construct> = new Map(
  [step, sleep, all, race, map, caught, again, chance, notes].map((construct) => [
    construct.type,
    construct as unknown as Construct,
  ]),
);

export function constructOf(part: Part): Construct {
  const construct = CONSTRUCTS.get(part.type);
  if (construct) return construct;
  throw new Error(`There is no construct ${JSON.stringify(part.type)}.`);
}
