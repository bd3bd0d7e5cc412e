import { persistenceConformance } from "@pawl/conformance";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { losing } from "./losing.ts";
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
