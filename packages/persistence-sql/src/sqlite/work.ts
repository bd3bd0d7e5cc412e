import type { SqlRow, Statement } from "../statements/statement.ts";

/** What work in a write transaction comes to. */
export interface Outcome<T> {
  readonly value: T;
  /** False: nothing was written that should stay. */
  readonly commit: boolean;
}

/** What work asks of whoever does it. It is answered, or what went wrong is thrown to it. */
export type Asked =
  /** Answered by its rows; outside of a transaction it is one of its own. */
  | Statement
  /** Answered by the rows of each. */
  | readonly Statement[]
  /** Reads one state of the database, however many statements the work takes. */
  | { readonly scope: "reading"; readonly work: () => Work<unknown> }
  /** Writes in one transaction that begins with the lock; a throw leaves nothing behind. */
  | { readonly scope: "writing"; readonly work: () => Work<Outcome<unknown>> }
  /** A part of a transaction that a throw undoes alone. */
  | { readonly scope: "part"; readonly work: () => Work<unknown> };

/**
 * Statements of which each depends on the answers before it. A driver that answers at once runs
 * them in one tick, another one waits for each: what is decided is written once for both. Each is
 * a function of its module: an engine makes a new shape of objects for every generator function.
 */
export type Work<T> = Generator<Asked, T, unknown>;

export function* all(statement: Statement): Work<readonly SqlRow[]> {
  return (yield statement) as readonly SqlRow[];
}

export function* allOf(statements: readonly Statement[]): Work<readonly (readonly SqlRow[])[]> {
  return (yield statements) as readonly (readonly SqlRow[])[];
}

export function* reading<T>(work: () => Work<T>): Work<T> {
  return (yield { scope: "reading", work }) as T;
}

export function* writing<T>(work: () => Work<Outcome<T>>): Work<T> {
  return (yield { scope: "writing", work }) as T;
}
