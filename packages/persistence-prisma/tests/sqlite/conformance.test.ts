import { persistenceConformance } from "@pawl/conformance";
import { losing } from "@pawl/test-parts/losing";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { beginTransaction } from "../callers-transaction.ts";
import { temporaryFile } from "./temporary-file.ts";

persistenceConformance(
  { describe, it, expect },
  {
    name: "Prisma on SQLite",
    capabilities: {
      handles: true,
      foreignTransactions: "database",
      lostAcknowledgements: true,
      callersTransactions: true,
    },
    async create() {
      const { clock, path, client, open, remove } = await temporaryFile();
      const lossy = losing(await open());
      const hold = async () => {
        const foreign = new Database(path);
        foreign.exec("BEGIN IMMEDIATE");
        return async () => void foreign.close();
      };
      const begin = async () => beginTransaction(await client());
      return { ...lossy, clock, second: () => open(), hold, begin, destroy: remove };
    },
  },
);
