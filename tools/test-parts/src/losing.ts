import { PersistenceUnavailableError } from "@pawl/kernel";
import type { Persistence } from "@pawl/kernel/ports";

export interface LossyPersistence {
  readonly persistence: Persistence;
  loseNext(when: "applied" | "lost"): void;
}

/** A persistence whose answers can get lost on the way to the caller. */
export function losing(persistence: Persistence): LossyPersistence {
  let next: "applied" | "lost" | undefined;
  const commit: Persistence["commit"] = async (plan) => {
    const when = next;
    next = undefined;
    if (when === "lost") throw new PersistenceUnavailableError("lost before it was written");
    const result = await persistence.commit(plan);
    if (when === "applied") throw new PersistenceUnavailableError("written, but not answered");
    return result;
  };
  const loseNext = (when: "applied" | "lost") => {
    next = when;
  };
  return { persistence: { ...persistence, commit }, loseNext };
}
