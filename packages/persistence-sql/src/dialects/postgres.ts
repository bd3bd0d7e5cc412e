import type { Dialect, ListKind } from "./dialect.ts";

const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

const ARRAYS: Readonly<Record<ListKind, string>> = {
  text: "text[]",
  int: "bigint[]",
  bool: "boolean[]",
};

/** Milliseconds of the server's own clock, or those that a test gives. */
const INSTANT = "coalesce(?::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)";

/** PostgreSQL 14 and later. Texts keep their `?` until the connection numbers them. */
export const postgresDialect: Dialect = {
  name: "postgres",
  quote,
  placeholders: (text) => text,
  /** A scalar sub-select: the clock is volatile, and no index serves a volatile bound. */
  now: "(SELECT instant FROM clock)",
  nowParams: () => [],
  timed: (text) => {
    const clock = `WITH clock AS MATERIALIZED (SELECT ${INSTANT} AS instant)`;
    return text.startsWith("WITH ") ? `${clock}, ${text.slice(5)}` : `${clock} ${text}`;
  },
  timedParams: (now) => [now],
  flag: (value) => (value ? "true" : "false"),
  nothing: (kind) => `NULL::${kind === "text" ? "text" : "bigint"}`,
  greatest: (a, b) => `greatest(${a}, ${b})`,
  nullsFirst: (descending) => (descending ? " NULLS LAST" : " NULLS FIRST"),
  after: (columns, descending) =>
    `(${columns.join(", ")}) ${descending ? "<" : ">"} (${columns.map(() => "?").join(", ")})`,
  list: (values) => `{${values.map(element).join()}}`,
  listOf: (alias) => `unnest(?::text[]) AS ${alias}(value)`,
  isIn: (column, kind) => `${column} = ANY(?::${ARRAYS[kind]})`,
  tuplesOf: (alias) => `json_array_elements(?::json) AS ${alias}(value)`,
  tupleAt: (alias, index, kind) =>
    kind === "text" ? `(${alias}.value ->> ${index})` : `(${alias}.value ->> ${index})::bigint`,
  /** The object is parsed only where its text has the member: not all JSON has a value here. */
  hasMember: (column, member, value) => {
    const stored = JSON.stringify(value);
    return {
      text:
        `CASE WHEN strpos(${column}, ?) > 0` +
        ` THEN coalesce((${column}::json -> ?)::text = ?, false) ELSE false END`,
      params: [`${JSON.stringify(member)}:${stored}`, member, stored],
    };
  },
  using: () => "",
  firstOf: ({ table, alias, as, rest, locked }) => {
    const lock = locked ? ` FOR NO KEY UPDATE OF ${alias} SKIP LOCKED` : "";
    return `CROSS JOIN LATERAL (SELECT * FROM ${table} ${alias} ${rest}${lock}) ${as}`;
  },
  candidate: "c.generation",
  /** The array is made once; a row that moved while it was being locked is passed over. */
  updateFirst: ({ table, columns, set, rest }) =>
    `UPDATE ${table} t SET ${set} WHERE t.ctid = ANY(ARRAY(SELECT ctid FROM ${table} ${rest}` +
    " FOR NO KEY UPDATE SKIP LOCKED))" +
    ` RETURNING ${columns.map((column) => `t.${column}`).join(", ")}`,
};

const element = (value: string | number): string =>
  typeof value === "number" ? `${value}` : `"${value.replace(/["\\]/g, "\\$&")}"`;
