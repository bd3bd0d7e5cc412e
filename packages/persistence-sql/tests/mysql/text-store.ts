import { mysqlDialect } from "../../src/dialects/mysql.ts";
import { serverOf } from "../../src/mysql/server.ts";
import type { MysqlStore } from "../../src/mysql/store.ts";
import { createSchema } from "../../src/statements/schema.ts";

/** What texts are made from, for a server that nobody asks. */
const storeOf = (version: string): MysqlStore => {
  const server = serverOf(version, "here");
  return { server, schema: createSchema(mysqlDialect(server)), now: () => null } as MysqlStore;
};

export const SERVERS: Readonly<Record<"MariaDB" | "MySQL", MysqlStore>> = {
  MariaDB: storeOf("10.11.6-MariaDB"),
  MySQL: storeOf("8.0.36"),
};

/** What only the other of the two servers understands. */
export const FOREIGN: Readonly<Record<string, RegExp>> = {
  MariaDB: / FOR SHARE| AS new /,
  MySQL: /LOCK IN SHARE|RETURNING|nopad/,
};

/** What no text may say, whatever the server. */
export const BANNED: RegExp = /ON CONFLICT|\bIGNORE\b|UPDATE .* RETURNING|LATERAL|;/;
