import type { Dialect, ListKind } from "./dialect.ts";

const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

const ARRAYS: Readonly<Record<ListKind, string>> = {
  text: "text[]",
  int: "bigint[]",
  bool: "boolean[]",
};

/** Milliseconds of the server's own clock, or those that a test gives. */
const INSTANT = "coalesce(?::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)";

/**
 * PostgreSQL 14 and later. The planner guesses ten rows or a hundred for a list that it does not
 * know, and ten per cent for a LIMIT. From such guesses it prefers to read whole tables, compiles
 * a plan to machine code, or plans again at every execution, each of which costs more than all
 * the rest. So lists are hidden from it in a sub-select, and a condition that always holds and of
 * which it knows nothing makes it expect one row; bounds are written out, rounded up.
 *
 * Texts keep their `?` until the connection numbers them. */
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
  atLeast: (rows) => ({
    text: `${4 ** Math.ceil(Math.log(Math.max(rows, 1)) / Math.log(4))}`,
    params: [],
  }),
  few: (text) => ` AND ${text} || '' = ${text}`,
  flag: (value) => (value ? "true" : "false"),
  nothing: (kind) => `NULL::${kind === "text" ? "text" : "bigint"}`,
  greatest: (a, b) => `greatest(${a}, ${b})`,
  nullsFirst: (descending) => (descending ? " NULLS LAST" : " NULLS FIRST"),
  after: (columns, descending) =>
    `(${columns.join(", ")}) ${descending ? "<" : ">"} (${columns.map(() => "?").join(", ")})`,
  afterParams: (values) => values,
  list: (values) => `{${values.map(element).join()}}`,
  listOf: (alias) =>
    `(SELECT value FROM unnest((SELECT ?::text[])) AS u(value) WHERE value || '' = value) ${alias}`,
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
  undelivered: "t.sink_rev < t.rev",
  dispatchedSince: "coalesce(t.dispatched_at, 0)",
  firstOf: ({ table, alias, as, rest, locked }) => {
    const lock = locked ? ` FOR NO KEY UPDATE OF ${alias} SKIP LOCKED` : "";
    const rows = `SELECT ${alias}.ctid, ${alias}.* FROM ${table} ${alias} ${rest}${lock}`;
    return `CROSS JOIN LATERAL (${rows}) ${as}`;
  },
  candidate: "c.ctid AS id",
  /** The array is made once; a row that moved while it was being locked is passed over. */
  updateFirst: ({ table, columns, set, rest }) =>
    `UPDATE ${table} t SET ${set} WHERE t.ctid = ANY(ARRAY(SELECT ctid FROM ${table} ${rest}` +
    " FOR NO KEY UPDATE SKIP LOCKED))" +
    ` RETURNING ${columns.map((column) => `t.${column}`).join(", ")}`,
};

const element = (value: string | number): string =>
  typeof value === "number" ? `${value}` : `"${value.replace(/["\\]/g, "\\$&")}"`;
