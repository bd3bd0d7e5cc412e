import { EngineError } from "@pawl/kernel";
import { LISTED_TEXT_MAX } from "../dialects/mysql.ts";
import type { Column, Table } from "../statements/schema.ts";
import { encode, type SqlValue } from "../statements/statement.ts";
import type { MysqlServer } from "./server.ts";

/** Values of a table's key, in its order. */
export const keyValues = (table: Table, key: object): readonly SqlValue[] =>
  table.key.map((column) => {
    const value = (key as Record<string, unknown>)[column.field];
    if (value !== undefined) return encode(column, value, 0);
    throw new EngineError("E_ARGUMENT_INVALID", `a key of ${table.name} lacks ${column.field}`);
  });

/** A key as text, by which rows are found again. */
export const keyText = (values: readonly unknown[]): string => JSON.stringify(values);

/** The texts of keys as the one parameter of `keysSource`. */
export const keysParam = (texts: Iterable<string>): string => `[${[...texts].join()}]`;

/** Rows of one JSON parameter, an array of keys, as a source named `k`. */
export const keysSource = (server: MysqlServer, columns: readonly Column[]): string => {
  const typed = columns.map(({ kind }, at) => {
    const isText = kind === "text" || kind === "json" || kind === "payload";
    const type = isText ? `VARCHAR(${LISTED_TEXT_MAX})${server.jsonText}` : "BIGINT";
    return `k${at} ${type} PATH '$[${at}]'`;
  });
  return `JSON_TABLE(?, '$[*]' COLUMNS (${typed.join(", ")})) k`;
};

/** True where the row `alias` has the key that `k` stands at. */
export const sameKey = (columns: readonly Column[], alias: string): string =>
  columns.map(({ sql }, at) => `${alias}.${sql} = k.k${at}`).join(" AND ");
