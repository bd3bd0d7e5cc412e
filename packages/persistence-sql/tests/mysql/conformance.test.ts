import { persistenceConformance } from "@pawl/conformance";
import { describeOn, mariadb, mysql } from "@pawl/services/vitest";
import { afterAll, describe, expect, it } from "vitest";
import { losing } from "../losing.ts";
import { MysqlDatabase } from "./mysql-store.ts";

for (const [name, place] of [
  ["MariaDB", await mariadb()],
  ["MySQL", await mysql()],
] as const) {
  describeOn(name, place, (server) => {
    const database = MysqlDatabase.on(server);
    afterAll(async () => (await database).drop());
    persistenceConformance(
      { describe, it, expect },
      {
        name,
        capabilities: { handles: true, foreignTransactions: "rows", lostAcknowledgements: true },
        async create() {
          const store = (await database).store();
          return {
            ...losing(await store.open()),
            clock: store.clock,
            second: () => store.open(),
            hold: (row) => store.hold(row),
            destroy: () => store.remove(),
          };
        },
      },
    );
  });
}
