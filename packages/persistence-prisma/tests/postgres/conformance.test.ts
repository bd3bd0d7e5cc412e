import { persistenceConformance } from "@pawl/conformance";
import { describeOn, postgres } from "@pawl/services/vitest";
import { losing } from "@pawl/test-parts/losing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beginTransaction } from "../callers-transaction.ts";
import { type TemporaryDatabase, temporaryDatabase } from "./temporary-database.ts";

describeOn("Prisma on PostgreSQL [147]", await postgres(), (server) => {
  let database: TemporaryDatabase;
  beforeAll(async () => {
    database = await temporaryDatabase(server);
  });
  afterAll(() => database.drop());

  persistenceConformance(
    { describe, it, expect },
    {
      name: "Prisma on PostgreSQL",
      capabilities: {
        handles: true,
        foreignTransactions: "rows",
        lostAcknowledgements: true,
        callersTransactions: true,
      },
      async create() {
        const place = database.schema();
        return {
          ...losing(await place.open()),
          clock: place.clock,
          second: () => place.open(),
          hold: place.hold,
          begin: () => beginTransaction(database.prisma),
          destroy: place.remove,
        };
      },
    },
  );
});
