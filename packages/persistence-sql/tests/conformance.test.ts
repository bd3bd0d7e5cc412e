import { type CallersTransaction, persistenceConformance } from "@pawl/conformance";
import { losing } from "@pawl/test-parts/losing";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openHeartbeat } from "../src/heartbeat-module.ts";
import { temporaryStore } from "./temporary-store.ts";

persistenceConformance(
  { describe, it, expect },
  {
    name: "SQLite file",
    capabilities: {
      handles: true,
      foreignTransactions: "database",
      lostAcknowledgements: true,
      callersTransactions: true,
      separateHeartbeat: "renews",
    },
    async create() {
      const { clock, path, open, remove } = temporaryStore();
      const lossy = losing(await open());
      const second = () => open();
      const hold = async () => {
        const foreign = new Database(path);
        foreign.exec("BEGIN IMMEDIATE");
        return async () => void foreign.close();
      };
      const place = { kind: "sqlite", path, tablePrefix: "", synchronous: "NORMAL" } as const;
      const beatElsewhere = () => openHeartbeat(place);
      const theirs = async () => begin(path);
      return { ...lossy, clock, second, hold, begin: theirs, beatElsewhere, destroy: remove };
    },
  },
);

/** A transaction of somebody else who has the file open. */
function begin(path: string): CallersTransaction {
  const transaction = new Database(path);
  transaction.exec("BEGIN IMMEDIATE");
  const run = async (text: string): Promise<void> => void transaction.exec(text);
  return {
    transaction,
    commit: () => run("COMMIT"),
    rollback: () => run("ROLLBACK"),
    end: async () => void transaction.close(),
  };
}
