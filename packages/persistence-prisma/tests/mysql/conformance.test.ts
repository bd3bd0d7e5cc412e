import { persistenceConformance } from "@pawl/conformance";
import { describeOn, mariadb, mysql } from "@pawl/services/vitest";
import { losing } from "@pawl/test-parts/losing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beginTransaction } from "../callers-transaction.ts";
import { type TemporaryDatabase, temporaryDatabase } from "./temporary-database.ts";

for (const [name, place] of [
  ["Prisma on MariaDB", await mariadb()],
  ["Prisma on MySQL", await mysql()],
] as const) {
  describeOn(`${name} [147]`, place, (server) => {
    let database: TemporaryDatabase;
    beforeAll(async () => {
      database = await temporaryDatabase(server);
    });
    afterAll(() => database.drop());

    persistenceConformance(
      { describe, it, expect },
      {
        name,
        capabilities: {
          handles: true,
          foreignTransactions: "rows",
          lostAcknowledgements: true,
          callersTransactions: true,
        },
        async create() {
          const store = database.store();
          return {
            ...losing(await store.open()),
            clock: store.clock,
            second: () => store.open(),
            hold: store.hold,
            begin: () => beginTransaction(database.prisma),
            destroy: store.remove,
          };
        },
      },
    );
  });
}
