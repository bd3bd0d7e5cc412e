import { EngineError } from "@pawl/kernel";
import {
  type ColumnKind,
  type ColumnSpec,
  columnKind,
  isNullable,
  TABLE_NAMES,
  TABLES,
  type TableName,
} from "@pawl/kernel/ports";
import type { Dialect } from "../dialects/dialect.ts";

/** A column under the name that rows give it and the one that SQL does. */
export interface Column {
  readonly field: string;
  readonly sql: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
  /** Its place among the columns of its table. */
  readonly at: number;
}

export interface Table {
  readonly name: TableName;
  /** Quoted, with prefix. */
  readonly sql: string;
  readonly key: readonly Column[];
  readonly columns: readonly Column[];
  readonly byField: ReadonlyMap<string, Column>;
  /** Columns without payloads: what lists and decisions read. */
  readonly facts: readonly Column[];
  /** `key = ? AND …` over the whole primary key. */
  readonly byKey: string;
}

/** Quoted names of one database, and the texts already made for it. */
export interface Schema {
  readonly dialect: Dialect;
  readonly tables: Readonly<Record<TableName, Table>>;
  index(name: string): string;
  /** The text made once for a shape; its `?` are placeholders of the dialect. */
  text(shape: string, make: () => string): string;
}

const PREFIX = /^[a-z][a-z0-9_]{0,30}$/;
const PLACE = /^[a-z_][a-z0-9_]{0,62}$/;
/** Names that databases keep for themselves. */
const RESERVED = /^(sqlite|pg)_/;
const TEXTS_MAX = 4_096;

/**
 * Names with a prefix, which must be lower-case letters, digits and `_`, at most 31; in a place
 * (a schema of a server) that is named by the same rule, at most 63.
 */
export function createSchema(dialect: Dialect, prefix = "", place?: string): Schema {
  checkTableNames(prefix, place);
  const before = place === undefined ? "" : `${dialect.quote(place)}.`;
  const texts = new Map<string, string>();
  const quoted = (name: string): string => dialect.quote(prefix + name);
  const entries = TABLE_NAMES.map((name) => [
    name,
    tableOf(name, before + quoted(snake(name)), dialect),
  ]);
  return {
    dialect,
    tables: Object.fromEntries(entries) as Record<TableName, Table>,
    index: quoted,
    text(shape, make) {
      const known = texts.get(shape);
      if (known !== undefined) return known;
      if (texts.size >= TEXTS_MAX) texts.clear();
      const made = dialect.placeholders(make());
      texts.set(shape, made);
      return made;
    },
  };
}

/**
 * Refuses what `createSchema` would, before any database is asked.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function checkTableNames(prefix = "", place?: string): void {
  checkPrefix(prefix);
  if (place !== undefined) checkPlace(place);
}

function checkPrefix(prefix: string): void {
  if (prefix === "" || (PREFIX.test(prefix) && !RESERVED.test(prefix))) return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `tablePrefix ${JSON.stringify(prefix)} is not allowed: use a lower-case letter, then at most ` +
      "30 lower-case letters, digits or underscores",
  );
}

function checkPlace(place: string): void {
  if (PLACE.test(place) && !RESERVED.test(place)) return;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `schema ${JSON.stringify(place)} is not allowed: use a lower-case letter or underscore, then ` +
      "at most 62 lower-case letters, digits or underscores",
  );
}

/** A table by a name that came from outside, never put into SQL unless known. */
export function knownTable(schema: Schema, name: string): Table {
  if (Object.hasOwn(schema.tables, name)) return schema.tables[name as TableName];
  throw new EngineError("E_ARGUMENT_INVALID", `there is no table ${JSON.stringify(name)}`);
}

/** A column by a name that came from outside, never put into SQL unless known. */
export function knownColumn(table: Table, field: string): Column {
  const column = table.byField.get(field);
  if (column) return column;
  throw new EngineError(
    "E_ARGUMENT_INVALID",
    `table ${table.name} has no column ${JSON.stringify(field)}`,
  );
}

export const listOf = (columns: readonly Column[], alias = ""): string =>
  columns.map((column) => `${alias}${column.sql}`).join(", ");

export const namesOf = (columns: readonly Column[]): readonly string[] =>
  columns.map(({ sql }) => sql);

export const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function tableOf(name: TableName, sql: string, dialect: Dialect): Table {
  const spec: { key: readonly string[]; columns: Readonly<Record<string, ColumnSpec>> } =
    TABLES[name];
  const columns = Object.entries(spec.columns).map(([field, kind], at) => ({
    field,
    sql: dialect.quote(snake(field)),
    kind: columnKind(kind),
    nullable: isNullable(kind),
    at,
  }));
  const key = columns.filter((column) => spec.key.includes(column.field));
  key.sort((a, b) => spec.key.indexOf(a.field) - spec.key.indexOf(b.field));
  return {
    name,
    sql,
    key,
    columns,
    byField: new Map(columns.map((column) => [column.field, column])),
    facts: columns.filter((column) => column.kind !== "payload"),
    byKey: key.map((column) => `${column.sql} = ?`).join(" AND "),
  };
}
