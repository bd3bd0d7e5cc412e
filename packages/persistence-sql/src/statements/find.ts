import { EngineError } from "@pawl/kernel";
import type { Condition, Find, Key, TableName, Where } from "@pawl/kernel/ports";
import type { ListKind } from "../dialects/dialect.ts";
import { type Column, knownColumn, knownTable, listOf, type Schema, type Table } from "./schema.ts";
import { encodeAll, type SqlValue, type Statement } from "./statement.ts";

const FIND_ROWS_MAX = 1_000;

export function getStatement<T extends TableName>(schema: Schema, name: T, key: Key<T>): Statement {
  const table = knownTable(schema, name);
  const text = schema.text(
    `get ${table.name}`,
    () => `SELECT ${listOf(table.columns)} FROM ${table.sql} WHERE ${table.byKey}`,
  );
  return { text, params: encodeAll(table.key, key, 0) };
}

/** One page in a stated order; payload columns are null unless asked for. */
export function findStatement<T extends TableName>(schema: Schema, find: Find<T>): Statement {
  const table = knownTable(schema, find.table);
  checkLimit(find.limit, FIND_ROWS_MAX);
  const order = orderOf(table, find.orderBy ?? []);
  const where = conditions(schema, table, find.where);
  const after = find.after ? afterPart(schema, order, find) : undefined;
  const descending = find.descending === true;
  const columns = table.columns.map(({ kind, sql }, at) =>
    kind === "payload" && !find.payloads ? `NULL AS none${at}` : sql,
  );
  const all = [...where.parts, ...(after ? [after.text] : [])].join(" AND ");
  const ordered = order.map((column) => ordering(schema, column, descending)).join(", ");
  const text = schema.text(
    `find ${table.name} ${find.payloads ? "+" : "-"} ${ordered} ${all}`,
    () =>
      `SELECT ${columns.join(", ")} FROM ${table.sql}${all ? ` WHERE ${all}` : ""}` +
      ` ORDER BY ${ordered} LIMIT ?`,
  );
  return { text, params: [...where.params, ...(after?.params ?? []), find.limit] };
}

export function countStatement<T extends TableName>(
  schema: Schema,
  counted: { readonly table: T; readonly where: Where<T>; readonly max: number },
): Statement {
  const table = knownTable(schema, counted.table);
  checkLimit(counted.max, Number.MAX_SAFE_INTEGER);
  const { parts, params } = conditions(schema, table, counted.where);
  const where = parts.length > 0 ? ` WHERE ${parts.join(" AND ")}` : "";
  const text = schema.text(
    `count ${table.name}${where}`,
    () => `SELECT count(*) FROM (SELECT 1 FROM ${table.sql}${where} LIMIT ?) c`,
  );
  return { text, params: [...params, counted.max] };
}

interface Conditions {
  readonly parts: readonly string[];
  readonly params: readonly SqlValue[];
}

function conditions(schema: Schema, table: Table, where: object): Conditions {
  const parts: string[] = [];
  const params: SqlValue[] = [];
  for (const [field, wanted] of Object.entries(where)) {
    if (wanted === undefined) continue;
    const column = knownColumn(table, field);
    const condition = typeof wanted === "object" && wanted !== null ? wanted : { in: [wanted] };
    addCondition(schema, column, condition as Condition, { parts, params });
  }
  return { parts, params };
}

function addCondition(
  schema: Schema,
  column: Column,
  condition: Condition,
  into: { readonly parts: string[]; readonly params: SqlValue[] },
): void {
  const add = (text: string, ...values: readonly SqlValue[]): void => {
    into.parts.push(text);
    into.params.push(...values);
  };
  if (condition.in?.length === 1 && typeof condition.in[0] === "boolean") {
    // Written out, since a partial index is not chosen for a value that is bound.
    into.parts.push(`${column.sql} = ${schema.dialect.flag(condition.in[0])}`);
  } else if (condition.in?.length === 1)
    add(`${column.sql} = ?`, compared(column, condition.in[0]));
  else if (condition.in) {
    const values = condition.in.map((value) => compared(column, value));
    add(schema.dialect.isIn(column.sql, listKind(column)), schema.dialect.list(values));
  }
  if (condition.gt !== undefined) add(`${column.sql} > ?`, compared(column, condition.gt));
  if (condition.lt !== undefined) add(`${column.sql} < ?`, compared(column, condition.lt));
  if (condition.isNull !== undefined) {
    add(`${column.sql} IS ${condition.isNull ? "" : "NOT "}NULL`);
  }
  for (const [member, value] of Object.entries(condition.has ?? {})) {
    if (column.kind !== "json") throw invalid(`${column.field} is not JSON: "has" needs an object`);
    const has = schema.dialect.hasMember(column.sql, member, String(compared(column, value)));
    add(has.text, ...has.params);
  }
}

function listKind({ kind }: Column): ListKind {
  if (kind === "bool") return "bool";
  return kind === "int" || kind === "time" ? "int" : "text";
}

function compared(column: Column, value: unknown): string | number {
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  throw invalid(`${column.field} is compared with ${typeof value}: give a string or number`);
}

function orderOf(table: Table, fields: readonly string[]): readonly Column[] {
  const asked = [...new Set(fields)].map((field) => knownColumn(table, field));
  return [...asked, ...table.key.filter((column) => !asked.includes(column))];
}

function afterPart(
  schema: Schema,
  order: readonly Column[],
  find: { readonly after?: readonly unknown[]; readonly descending?: boolean },
): { readonly text: string; readonly params: readonly SqlValue[] } {
  const after = find.after ?? [];
  if (after.length !== order.length) {
    const fields = order.map(({ field }) => field).join(", ");
    throw invalid(`after has ${after.length} values, but the order is ${fields}`);
  }
  const params = order.map((column, at) => compared(column, after[at]));
  const columns = order.map(({ sql }) => sql);
  const { dialect } = schema;
  return {
    text: dialect.after(columns, find.descending === true),
    params: dialect.afterParams(params),
  };
}

const ordering = ({ dialect }: Schema, { sql, nullable }: Column, descending: boolean): string =>
  sql + (descending ? " DESC" : "") + (nullable ? dialect.nullsFirst(descending) : "");

function checkLimit(limit: number, max: number): void {
  if (Number.isInteger(limit) && limit >= 0 && limit <= max) return;
  throw invalid(`limit ${limit} is not a whole number from 0 to ${max}`);
}

const invalid = (message: string): EngineError => new EngineError("E_ARGUMENT_INVALID", message);
