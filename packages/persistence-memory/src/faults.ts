import { PersistenceUnavailableError } from "@pawl/kernel";
import type { CommitPlan, Guard, Refusal } from "@pawl/kernel/ports";

/**
 * What a call is made to suffer. `busy` and `stale` refuse without writing (a claim or take finds
 * nothing); the others throw PersistenceUnavailableError: `ambiguousApplied` after the call took
 * effect, `ambiguousLost` and `unavailable` without.
 */
export type Fault = "busy" | "stale" | "ambiguousApplied" | "ambiguousLost" | "unavailable";

/** A call as it is about to be made. */
export interface FaultyCall {
  /** Name of the port's method; those of `query` are `get`, `find` and `count`. */
  readonly method: string;
  /** Given for `commit`, and plan by plan for `commitMany`. */
  readonly plan?: CommitPlan;
}

export type Faults = (call: FaultyCall) => Fault | undefined;

/** How a plan is refused that is told to be stale: as its first guard would. */
export const staleRefusal = (plan: CommitPlan): Refusal => {
  const owner = plan.guards.find(({ kind }) => kind !== "absent")?.kind;
  return owner && OWNER_GUARDS.includes(owner) ? "fence" : "rev";
};

const OWNER_GUARDS: readonly Guard["kind"][] = ["stage", "session"];

export const unavailable = (method: string, why: string): PersistenceUnavailableError =>
  new PersistenceUnavailableError(`${method} got no answer from the memory store: ${why}.`, {
    details: { method },
  });
