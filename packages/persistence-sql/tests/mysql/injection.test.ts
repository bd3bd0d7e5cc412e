import { describeOn, mariadb } from "@pawl/services/vitest";
import { afterAll, beforeAll } from "vitest";
import { injectionCases } from "../injection-cases.ts";
import { MysqlDatabase } from "./mysql-store.ts";

describeOn("hostile values on MariaDB", await mariadb(), (server) => {
  let database: MysqlDatabase;
  beforeAll(async () => {
    database = await MysqlDatabase.on(server);
  });
  afterAll(() => database.drop());
  injectionCases(() => database.store());
});
