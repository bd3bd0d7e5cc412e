import type { BlobStore } from "@pawl/kernel/ports";

/** A store under test with what a suite may do to its surroundings. */
export interface BlobSubject {
  readonly store: BlobStore;
  readonly destroy: () => Promise<void>;
  /** Time that `storedAt` is taken from; the machine's when absent. */
  readonly now?: () => number;
  /** Opens the same storage as another process would; a durable store has it. */
  readonly reopen?: () => Promise<BlobStore>;
  /** Leaves what a process leaves that dies in the middle of `put(key, …)`; likewise. */
  readonly dieInPut?: (key: string) => Promise<void>;
}

export type BlobCase = (name: string, body: (subject: BlobSubject) => Promise<void>) => unknown;

/** A key as the engine makes them: 64 hexadecimal digits, told apart by `n`. */
export const hashKey = (n: number): string => n.toString(16).padStart(4, "0").repeat(16);

/** Bytes that differ with `seed` and with their position, so that no part can pass for another. */
export function pattern(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Comparison without a matcher: a difference in 10 MB is not worth printing. */
export const sameBytes = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);

export const MEGABYTE: number = 1024 * 1024;
