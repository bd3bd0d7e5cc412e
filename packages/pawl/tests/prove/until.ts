const LOOK_EVERY_MS = 20;

/** What `condition` answers once it is neither false nor undefined, looked at again and again. */
export function until<T>(
  what: string,
  withinMs: number,
  condition: () => T | Promise<T>,
): Promise<Exclude<T, false | undefined>> {
  const giveUpAt = performance.now() + withinMs;
  return new Promise((resolve, reject) => {
    const look = async (): Promise<void> => {
      try {
        const seen = await condition();
        if (seen !== false && seen !== undefined) {
          resolve(seen as Exclude<T, false | undefined>);
        } else if (performance.now() > giveUpAt) {
          reject(new Error(`not within ${withinMs} ms: ${what}`));
        } else {
          setTimeout(() => void look(), LOOK_EVERY_MS);
        }
      } catch (error) {
        reject(error);
      }
    };
    void look();
  });
}

/** The length of a fault, or of user code's work: nothing is concluded from it. */
export const lasting = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(), ms);
  });

/** In [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
