import type { Dialect } from "./dialect.ts";

const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

/** SQLite 3.45 and later, and D1. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  quote,
  /**
   * `+?` and not `?`: a bare parameter that the planner has looked at once makes SQLite compile
   * the whole statement again at every execution, which costs more than running it.
   */
  placeholders: (text) => text.replaceAll("?", "+?"),
  listOf: (alias) => `json_each(?) ${alias}`,
  tuplesOf: (alias) => `json_each(?) ${alias}`,
  tupleAt: (alias, index) => `${alias}.value ->> ${index}`,
  hasMember: (column) =>
    `EXISTS (SELECT 1 FROM json_each(${column}) m` +
    ` WHERE m."key" = ? AND m.type = 'text' AND m.value = ?)`,
  using: (index) => ` INDEXED BY ${index}`,
};
