import type { Persistence } from "@pawl/kernel/ports";

/** Queries made so far, for platforms that allow only so many per invocation. */
export interface QueryCounter {
  readonly used: number;
  /** Counts one more, or `queries`: an adapter that knows better than one per call adds. */
  add(queries?: number): void;
  /** Calls `heard` after each addition. Answers how to stop. */
  listen(heard: () => void): () => void;
}

export function createQueryCounter(): QueryCounter {
  const listeners = new Set<() => void>();
  let used = 0;
  return {
    get used() {
      return used;
    },
    add(queries = 1) {
      used += queries;
      for (const heard of [...listeners]) heard();
    },
    listen(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
  };
}

/** Calls that cost a query; the others open, close or describe. */
const COUNTED: ReadonlySet<PropertyKey> = new Set([
  "load",
  "commit",
  "commitMany",
  "claim",
  "memoPage",
  "heartbeat",
  "deadSessions",
  "sweep",
  "takeIntents",
  "ackIntents",
  "takeDispatch",
  "ackDispatch",
] satisfies (keyof Persistence)[]);

/** The same persistence, every call of which is counted as one query before it is made. */
export function countQueries(persistence: Persistence, counter: QueryCounter): Persistence {
  const query = counting(persistence.query, counter, () => true);
  return new Proxy(persistence, {
    get: (target, name) =>
      name === "query" ? query : member(target, { name, counter, counts: isCounted }),
  });
}

const isCounted = (name: PropertyKey): boolean => COUNTED.has(name);

const counting = <T extends object>(
  whole: T,
  counter: QueryCounter,
  counts: (name: PropertyKey) => boolean,
): T => new Proxy(whole, { get: (target, name) => member(target, { name, counter, counts }) });

interface Member {
  readonly name: PropertyKey;
  readonly counter: QueryCounter;
  readonly counts: (name: PropertyKey) => boolean;
}

/** Methods are called on what they belong to, which may have private fields. */
function member(target: object, { name, counter, counts }: Member): unknown {
  const value: unknown = Reflect.get(target, name, target);
  if (typeof value !== "function") return value;
  return (...args: readonly unknown[]): unknown => {
    if (counts(name)) counter.add();
    return Reflect.apply(value, target, args);
  };
}
