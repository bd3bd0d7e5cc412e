import type { Dialect } from "./dialect.ts";

const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

/** SQLite 3.45 and later, and D1. Database time is given by the caller. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  quote,
  /**
   * `+?` and not `?`: a bare parameter that the planner has looked at once makes SQLite compile
   * the whole statement again at every execution, which costs more than running it.
   */
  placeholders: (text) => text.replaceAll("?", "+?"),
  now: "?",
  nowParams: (now) => [now],
  timed: (text) => text,
  timedParams: () => [],
  atLeast: (rows) => ({ text: "?", params: [rows] }),
  few: () => "",
  flag: (value) => (value ? "1" : "0"),
  nothing: () => "NULL",
  greatest: (a, b) => `max(${a}, ${b})`,
  nullsFirst: () => "",
  after: (columns, descending) =>
    `(${columns.join(", ")}) ${descending ? "<" : ">"} (${columns.map(() => "?").join(", ")})`,
  afterParams: (values) => values,
  list: (values) => JSON.stringify(values),
  listOf: (alias) => `json_each(?) ${alias}`,
  isIn: (column) => `${column} IN (SELECT value FROM json_each(?) v)`,
  tuplesOf: (alias) => `json_each(?) ${alias}`,
  tupleAt: (alias, index) => `${alias}.value ->> ${index}`,
  hasMember: (column, member, value) => ({
    text:
      `EXISTS (SELECT 1 FROM json_each(${column}) m` +
      ` WHERE m."key" = ? AND m.type = 'text' AND m.value = ?)`,
    params: [member, value],
  }),
  using: (index) => ` INDEXED BY ${index}`,
  undelivered: "t.sink_rev < t.rev",
  dispatchedSince: "coalesce(t.dispatched_at, 0)",
  firstOf: ({ table, alias, as, using = "", rest }) =>
    `CROSS JOIN ${table} ${as} WHERE ${as}.rowid IN` +
    ` (SELECT ${alias}.rowid FROM ${table} ${alias}${using} ${rest})`,
  candidate: "c.rowid AS id",
  updateFirst: ({ table, columns, using, set, rest }) =>
    `UPDATE ${table} SET ${set} WHERE rowid IN (SELECT rowid FROM ${table}${using} ${rest})` +
    ` RETURNING ${columns.join(", ")}`,
};
