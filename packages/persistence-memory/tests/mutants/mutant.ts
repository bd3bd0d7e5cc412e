import type { Persistence } from "@pawl/kernel/ports";
import {
  assemble,
  type MemoryPersistence,
  type MemoryPersistenceOptions,
} from "../../src/assemble.ts";
import { memoryParts, type Parts } from "../../src/parts.ts";

/** A broken adapter, and the clause whose cases must see it. */
export interface Mutant {
  readonly name: string;
  readonly clause: string;
  readonly mutate: Mutation;
}

export interface Mutation {
  readonly parts?: (parts: Parts) => Parts;
  readonly wrap?: (persistence: MemoryPersistence) => Partial<Persistence>;
}

export const openMutant =
  ({ parts = (whole) => whole, wrap }: Mutation) =>
  (options: MemoryPersistenceOptions): MemoryPersistence => {
    const persistence = assemble(parts(memoryParts), options);
    return { ...persistence, ...wrap?.(persistence) };
  };

/** Replaces pieces of one part. */
export const replace = <K extends keyof Parts>(
  part: K,
  change: Partial<Parts[K]> | ((whole: Parts[K]) => Partial<Parts[K]>),
): Mutation => ({
  parts: (parts) => {
    const whole = parts[part];
    return {
      ...parts,
      [part]: { ...whole, ...(typeof change === "function" ? change(whole) : change) },
    };
  },
});

export const wrap = (
  change: (persistence: MemoryPersistence) => Partial<Persistence>,
): Mutation => ({
  wrap: change,
});
