/**
 * Lets writers of one file follow one another in this process. Another client's lock would be
 * waited for by the driver, which stands still meanwhile, and so would whoever has the lock.
 */
const last = new Map<string, Promise<unknown>>();

export async function inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = last.get(path) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.catch(() => undefined);
  last.set(path, settled);
  try {
    return await mine;
  } finally {
    if (last.get(path) === settled) last.delete(path);
  }
}
