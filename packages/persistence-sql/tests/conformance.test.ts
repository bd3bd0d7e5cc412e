import { persistenceConformance } from "@pawl/conformance";
import { PersistenceUnavailableError } from "@pawl/kernel";
import type { Persistence } from "@pawl/kernel/ports";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { temporaryStore } from "./temporary-store.ts";

persistenceConformance(
  { describe, it, expect },
  {
    name: "SQLite file",
    capabilities: { handles: true, foreignTransactions: "database", lostAcknowledgements: true },
    async create() {
      const { clock, path, open, remove } = temporaryStore();
      const lossy = losing(await open());
      const second = () => open();
      const hold = async () => {
        const foreign = new Database(path);
        foreign.exec("BEGIN IMMEDIATE");
        return async () => void foreign.close();
      };
      return { ...lossy, clock, second, hold, destroy: remove };
    },
  },
);

/** A persistence whose answers can get lost on the way to the caller. */
function losing(persistence: Persistence) {
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
