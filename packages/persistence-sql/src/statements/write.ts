import { EngineError } from "@pawl/kernel";
import type {
  CounterWrite,
  DispatchRow,
  EpochMs,
  RowWrite,
  Writable,
  Write,
} from "@pawl/kernel/ports";
import { type Column, knownColumn, knownTable, listOf, type Schema, type Table } from "./schema.ts";
import { setStatement } from "./set-write.ts";
import { encodeAll, type SqlValue, type Statement } from "./statement.ts";

type Insert = Extract<RowWrite, { op: "insert" }>;
type Update = Extract<RowWrite, { op: "update" }>;
type Delete = Extract<RowWrite, { op: "delete" }>;

const COUNTERS = ["joinPending", "sinksPending", "inbox"];

/** The statement of one write; undefined when it changes nothing. */
export function writeStatement(schema: Schema, write: Write, now: EpochMs): Statement | undefined {
  switch (write.op) {
    case "insert":
      return insertStatement(schema, knownTable(schema, write.table), write.row, now);
    case "update":
      return updateStatement(schema, write, now);
    case "delete":
      return deleteStatement(schema, write, now);
    case "add":
      return addStatement(schema, write, now);
    case "updateStages":
    case "closeWaits":
      return setStatement(schema, write, now);
  }
}

export function insertStatement(
  schema: Schema,
  table: Table,
  row: Insert["row"],
  now: EpochMs,
): Statement {
  const text = schema.text(
    `insert ${table.name}`,
    () => `INSERT INTO ${table.sql} (${listOf(table.columns)}) VALUES (${marks(table.columns)})`,
  );
  return { text, params: encodeAll(table.columns, row, now) };
}

/** Inserts a dispatch row or replaces the one of the same stage. */
export function dispatchStatement(
  schema: Schema,
  row: Writable<DispatchRow>,
  now: EpochMs,
): Statement {
  const table = schema.tables.dispatch;
  const text = schema.text("upsert dispatch", () => {
    const changed = table.columns.filter((column) => !table.key.includes(column));
    return (
      `INSERT INTO ${table.sql} (${listOf(table.columns)}) VALUES (${marks(table.columns)})` +
      ` ON CONFLICT (${listOf(table.key)}) DO UPDATE SET ` +
      changed.map(({ sql }) => `${sql} = excluded.${sql}`).join(", ")
    );
  });
  return { text, params: encodeAll(table.columns, row, now) };
}

function updateStatement(schema: Schema, write: Update, now: EpochMs): Statement | undefined {
  const table = knownTable(schema, write.table);
  const columns = changedColumns(table, write.set);
  if (columns.length === 0) return undefined;
  const text = schema.text(`update ${table.name} ${shapeOf(columns)}`, () => {
    const changes = columns.map(({ sql }) => `${sql} = ?`).join(", ");
    return `UPDATE ${table.sql} SET ${changes} WHERE ${table.byKey}`;
  });
  const params = encodeAll(columns, write.set, now);
  return { text, params: [...params, ...keyParams(table, write.key, now)] };
}

/** Columns that `set` gives a value. */
export function changedColumns(table: Table, set: object): readonly Column[] {
  const values = set as Readonly<Record<string, unknown>>;
  const fields = Object.keys(values).filter((field) => values[field] !== undefined);
  return fields.map((field) => knownColumn(table, field));
}

export const shapeOf = (columns: readonly Column[]): string =>
  columns.map(({ field }) => field).join();

function deleteStatement(schema: Schema, write: Delete, now: EpochMs): Statement {
  const table = knownTable(schema, write.table);
  const leading = leadingKey(table, write.key);
  const text = schema.text(`delete ${table.name} ${leading.length}`, () => {
    const conditions = leading.map(({ sql }) => `${sql} = ?`).join(" AND ");
    return `DELETE FROM ${table.sql} WHERE ${conditions}`;
  });
  return { text, params: encodeAll(leading, write.key, now) };
}

/** The leading columns of a key that a delete names, at least one. */
export function leadingKey(table: Table, key: object): readonly Column[] {
  const values = key as Readonly<Record<string, unknown>>;
  const named = Object.keys(values).filter((field) => values[field] !== undefined);
  const depth = table.key.findIndex((column) => values[column.field] === undefined);
  const leading = depth < 0 ? table.key : table.key.slice(0, depth);
  if (leading.length > 0 && named.length <= leading.length) return leading;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `a delete of ${table.name} names ${named.join(", ") || "nothing"}: give a ` +
      `leading part of ${table.key.map((column) => column.field).join(", ")}`,
  );
}

function addStatement(schema: Schema, write: CounterWrite, now: EpochMs): Statement {
  const table = knownTable(schema, write.table);
  const { sql, field } = counterColumn(table, write);
  const text = schema.text(
    `add ${table.name} ${field}`,
    () => `UPDATE ${table.sql} SET ${sql} = ${sql} + ? WHERE ${table.byKey} RETURNING ${sql}`,
  );
  return { text, params: [write.by, ...keyParams(table, write.key, now)] };
}

/** The column that a counter write adds to. */
export function counterColumn(table: Table, write: CounterWrite): Column {
  const column = knownColumn(table, write.column);
  if (COUNTERS.includes(column.field)) return column;
  throw new EngineError("E_ARGUMENT_INVALID", `${column.field} of ${table.name} is not a counter`);
}

function keyParams(table: Table, key: object, now: EpochMs): SqlValue[] {
  checkKey(table, key);
  return encodeAll(table.key, key, now);
}

/** @throws EngineError E_ARGUMENT_INVALID for a key that is not whole */
export function checkKey(table: Table, key: object): void {
  const values = key as Readonly<Record<string, unknown>>;
  const lacking = table.key.find((column) => values[column.field] === undefined);
  if (!lacking) return;
  throw new EngineError("E_ARGUMENT_INVALID", `a key of ${table.name} lacks ${lacking.field}`);
}

export const marks = (columns: readonly Column[]): string => columns.map(() => "?").join(", ");
