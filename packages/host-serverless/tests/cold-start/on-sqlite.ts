import { createSqlitePersistence } from "@pawl/persistence-sql";
import { functionOn } from "./handler.ts";

export const handlers = functionOn(() =>
  createSqlitePersistence({ path: process.env.PAWL_FILE ?? "pawl.db" }),
);
