import { randomFillSync } from "node:crypto";
import type { Clock, IdSource } from "@pawl/kernel/ports";
import { monotonicFactory } from "ulid";
import { systemClock } from "./system-clock.ts";

export interface IdSourceOptions {
  /** Dates the ids. Default: the machine's clock. */
  readonly clock?: Pick<Clock, "now">;
}

/** ULIDs that rise within this process, even in one millisecond, from the system's randomness. */
export function createIdSource({ clock = systemClock }: IdSourceOptions = {}): IdSource {
  const random = bufferedRandom();
  const next = monotonicFactory(random);
  return { newId: () => next(clock.now()), random };
}

const NUMBERS = 512;

/** Numbers in [0, 1) of 32 bits, drawn many at a time because each draw is a system call. */
function bufferedRandom(): () => number {
  const numbers = new Uint32Array(NUMBERS);
  let at = NUMBERS;
  return () => {
    if (at === NUMBERS) {
      randomFillSync(numbers);
      at = 0;
    }
    return (numbers[at++] as number) / 2 ** 32;
  };
}
