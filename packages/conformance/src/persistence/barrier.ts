/** A point that nobody passes before `parties` have reached it; then it stands again. */
export function barrierOf(parties: number): () => Promise<void> {
  let waiting: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length < parties) return;
      const all = waiting;
      waiting = [];
      for (const pass of all) pass();
    });
}

/** Runs `count` parties at once, each with its number. */
export const atOnce = <R>(count: number, party: (i: number) => Promise<R>): Promise<R[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => party(i)));

const TRIES_MAX = 10_000;

/** A loop that is given up, with an error, when a broken store gives it no end. */
export function* tries(): Generator<number> {
  for (let i = 0; i < TRIES_MAX; i += 1) yield i;
  throw new Error(`No end after ${TRIES_MAX} tries.`);
}

/** Numbers in [0, 1) that are the same at every run of the suite. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
