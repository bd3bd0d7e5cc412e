import { type CallersTransaction, persistenceConformance } from "@pawl/conformance";
import { describeOn, mariadb, mysql } from "@pawl/services/vitest";
import { losing } from "@pawl/test-parts/losing";
import { createConnection } from "mariadb";
import { afterAll, describe, expect, it } from "vitest";
import { openHeartbeat } from "../../src/heartbeat-module.ts";
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
        capabilities: {
          handles: true,
          foreignTransactions: "rows",
          lostAcknowledgements: true,
          callersTransactions: true,
          separateHeartbeat: "notices",
        },
        async create() {
          const store = (await database).store();
          return {
            ...losing(await store.open()),
            clock: store.clock,
            second: () => store.open(),
            hold: (row) => store.hold(row),
            begin: async () => begin((await database).url),
            beatElsewhere: async () =>
              openHeartbeat({ kind: "mysql", url: (await database).url, tablePrefix: "" }),
            destroy: () => store.remove(),
          };
        },
      },
    );
  });
}

/** A transaction of somebody else. */
async function begin(url: string): Promise<CallersTransaction> {
  const transaction = await createConnection(url);
  await transaction.beginTransaction();
  return {
    transaction,
    commit: () => transaction.commit(),
    rollback: () => transaction.rollback(),
    end: async () => transaction.destroy(),
  };
}
