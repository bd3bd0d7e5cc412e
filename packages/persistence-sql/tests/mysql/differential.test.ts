import { describeOn, mariadb } from "@pawl/services/vitest";
import { expect, test } from "vitest";
import { Agreement, NOW, PLANS_PER_STORE, REASONS } from "../differential/agreement.ts";
import { MysqlDatabase } from "./mysql-store.ts";

const STORES = Number(process.env.PROVE_PLANS ?? 1_000) / PLANS_PER_STORE;

describeOn("MariaDB", await mariadb(), (server) => {
  test(`and memory answer ${STORES * PLANS_PER_STORE} random plans alike and hold the same rows`, {
    timeout: 60_000 + STORES * 3_000,
  }, async () => {
    const database = await MysqlDatabase.on(server);
    const agreement = new Agreement(async () => {
      const store = database.store();
      expect(store.clock.now()).toBe(NOW);
      return { persistence: await store.open(), close: () => store.remove() };
    });
    await agreement.prove(STORES);
    expect(agreement.unmet(REASONS)).toEqual([]);
    await database.drop();
  });
});
