import { createSqlitePersistence } from "@pawl/persistence-sql";
import { functionOn } from "./handler.ts";

export const { api, jobs, ready } = functionOn(() =>
  createSqlitePersistence({ path: process.env.PAWL_FILE ?? "pawl.db" }),
);
