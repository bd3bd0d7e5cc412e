import { describeOn, mariadb } from "@pawl/services/vitest";
import { expect, test } from "vitest";
import { fixedClock, PLANS_PER_STORE, proveAlike } from "../differential/agree.ts";
import { MysqlDatabase } from "./mysql-store.ts";

const stores = Number(process.env.PROVE_PLANS ?? 1_000) / PLANS_PER_STORE;

describeOn("MariaDB", await mariadb(), (server) => {
  test(`and memory answer ${stores * PLANS_PER_STORE} random plans alike`, {
    timeout: 60_000 + stores * 3_000,
  }, async () => {
    const database = await MysqlDatabase.on(server);
    const open = async () => {
      const store = database.store();
      expect(store.clock.now()).toBe(fixedClock.now());
      return { persistence: await store.open(), close: () => store.remove() };
    };
    await proveAlike({ stores, open });
    await database.drop();
  });
});
