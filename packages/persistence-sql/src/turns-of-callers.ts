const last = new WeakMap<object, Promise<unknown>>();

/** Works after all that was given before for one transaction of a caller's, however often bound. */
export function inTurnOf<T>(transaction: object, work: () => Promise<T>): Promise<T> {
  const before = last.get(transaction) ?? Promise.resolve();
  const done = before.then(work);
  last.set(
    transaction,
    done.catch(() => undefined),
  );
  return done;
}
