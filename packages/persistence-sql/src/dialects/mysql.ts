import { EngineError } from "@pawl/kernel";
import type { MysqlServer } from "../mysql/server.ts";
import type { Dialect, ListKind } from "./dialect.ts";

/** No column of a key, and no other that is listed, holds a longer text. */
export const LISTED_TEXT_MAX = 480;

/** The server's clock in milliseconds; whatever the time zone of the session. */
export const SERVER_NOW =
  "CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000 AS SIGNED)";

/**
 * MariaDB and MySQL. Neither joins a lateral select on both, nor answers what an update changed:
 * claims, memo pages and takes are worded in `mysql/`.
 */
export function mysqlDialect(server: MysqlServer): Dialect {
  const quote = (identifier: string): string => `\`${identifier.replaceAll("`", "``")}\``;
  const type = (kind: ListKind): string =>
    kind === "int" ? "BIGINT" : `VARCHAR(${LISTED_TEXT_MAX})${server.jsonText}`;
  const listOf = (alias: string, kind: ListKind = "text"): string =>
    `JSON_TABLE(?, '$[*]' COLUMNS (value ${type(kind)} PATH '$')) ${alias}`;
  const tuple = ["text", "text", "int", "int", "int"] as const;
  return {
    name: "mysql",
    quote,
    placeholders: (text) => text,
    now: `COALESCE(?, ${SERVER_NOW})`,
    nowParams: (now) => [now],
    timed: (text) => text,
    timedParams: () => [],
    atLeast: (rows) => ({ text: "?", params: [rows] }),
    few: () => "",
    flag: (value) => (value ? "1" : "0"),
    nothing: () => "NULL",
    greatest: (a, b) => `GREATEST(${a}, ${b})`,
    nullsFirst: () => "",
    after,
    afterParams: (values) => [
      values[0] ?? null,
      ...values.flatMap((value, at) => (at < values.length - 1 ? [value, value] : [value])),
    ],
    list: (values) => JSON.stringify(values),
    listOf,
    isIn: (column, kind) => `${column} IN (SELECT value FROM ${listOf("v", kind)})`,
    tuplesOf: (alias) =>
      `JSON_TABLE(?, '$[*]' COLUMNS (${tuple
        .map((kind, at) => `t${at} ${type(kind)} PATH '$[${at}]'`)
        .join(", ")})) ${alias}`,
    tupleAt: (alias, index) => `${alias}.t${index}`,
    hasMember: (column, member, value) => ({
      text: `JSON_CONTAINS(${column}, ?)`,
      params: [JSON.stringify({ [member]: value })],
    }),
    using: (index) => ` FORCE INDEX (${index})`,
    undelivered: "t.undelivered = 1",
    dispatchedSince: "t.dispatched_since",
    firstOf: notWorded,
    candidate: "c.generation",
    updateFirst: notWorded,
  };
}

/** Opens with a condition on the first column alone, for which there may be an index. */
function after(columns: readonly string[], descending: boolean): string {
  const [first = ""] = columns;
  const beyond = descending ? "<" : ">";
  const nested = columns.reduceRight(
    (inner, column) =>
      inner === ""
        ? `${column} ${beyond} ?`
        : `${column} ${beyond} ? OR (${column} = ? AND (${inner}))`,
    "",
  );
  return `${first} ${beyond}= ? AND (${nested})`;
}

function notWorded(): never {
  throw new EngineError("E_INVARIANT", "this statement is worded in the folder mysql");
}
