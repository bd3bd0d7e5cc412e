import { readdirSync, readFileSync } from "node:fs";
import type { Provider } from "./provider.ts";
import { betweenParentheses, splitAtCommas, statementsOf } from "./sql-text.ts";

export interface ColumnDefinition {
  readonly name: string;
  /** As written, with its length: `VARCHAR(191)`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly default?: string;
  /** Made by the database from other columns. */
  readonly computed: boolean;
}

export interface IndexDefinition {
  readonly name: string;
  readonly unique: boolean;
  /** Columns or expressions. */
  readonly parts: readonly string[];
  /** The condition of a partial index. */
  readonly where?: string;
}

export interface TableDefinition {
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  readonly key: readonly string[];
  readonly indexes: readonly IndexDefinition[];
}

const MIGRATIONS = new URL("../../../prisma/", import.meta.url);
const TABLE = /^CREATE TABLE (?:IF NOT EXISTS )?"(\w+)" /;
const COLUMN_ADDED = /^ALTER TABLE "(\w+)" ADD COLUMN (.*)$/;
const INDEX = /^CREATE (UNIQUE )?INDEX "(\w+)" ON "(\w+)" /;
const INDEX_DROPPED = /^DROP INDEX "(\w+)"$/;
const COLUMN = /^`?(\w+)`? (\w+(?:\(\d+\))?)(.*)$/;

/** The tables that all migrations of a provider leave behind, in the order of their making. */
export function migratedTables(provider: Provider): readonly TableDefinition[] {
  const folder = new URL(`${provider}/migrations/`, MIGRATIONS);
  const names = readdirSync(folder).sort();
  return tablesOf(
    names.map((name) => readFileSync(new URL(`${name}/migration.sql`, folder), "utf8")),
  );
}

/**
 * The tables that these texts make, one after another.
 *
 * @throws Error for a statement or column that it does not know: teach it, or write it otherwise
 */
export function tablesOf(migrations: readonly string[]): readonly TableDefinition[] {
  const tables = new Map<string, TableDefinition>();
  for (const text of migrations.flatMap(statementsOf)) follow(text, tables);
  return [...tables.values()];
}

function follow(text: string, tables: Map<string, TableDefinition>): void {
  const [, created] = TABLE.exec(text) ?? [];
  if (created !== undefined) {
    tables.set(created, tableOf(created, splitAtCommas(betweenParentheses(text).inside)));
    return;
  }
  const [, widened = "", added] = COLUMN_ADDED.exec(text) ?? [];
  const [, unique, index = "", indexed = ""] = INDEX.exec(text) ?? [];
  const [, dropped] = INDEX_DROPPED.exec(text) ?? [];
  if (added !== undefined) {
    const table = known(tables, widened, text);
    tables.set(widened, { ...table, columns: [...table.columns, columnOf(added)] });
  } else if (index !== "") {
    const table = known(tables, indexed, text);
    const definition = indexOf(index, unique !== undefined, text);
    tables.set(indexed, { ...table, indexes: [...table.indexes, definition] });
  } else if (dropped !== undefined) {
    for (const [name, table] of tables) {
      const indexes = table.indexes.filter((one) => one.name !== dropped);
      tables.set(name, { ...table, indexes });
    }
  } else {
    throw new Error(`unknown statement in a migration: ${text}`);
  }
}

function known(
  tables: ReadonlyMap<string, TableDefinition>,
  name: string,
  text: string,
): TableDefinition {
  const table = tables.get(name);
  if (table === undefined) throw new Error(`no table ${name} yet: ${text}`);
  return table;
}

function tableOf(name: string, parts: readonly string[]): TableDefinition {
  const columns: ColumnDefinition[] = [];
  const indexes: IndexDefinition[] = [];
  let key: readonly string[] = [];
  for (const part of parts) {
    const [, unique, index] = /^(UNIQUE )?INDEX "(\w+)"/.exec(part) ?? [];
    if (index !== undefined) {
      indexes.push(indexOf(index, unique !== undefined, part));
    } else if (part.startsWith("PRIMARY KEY ")) {
      key = splitAtCommas(betweenParentheses(part).inside).map(bare);
    } else if (!/^(CONSTRAINT|CHECK) /.test(part)) {
      const column = columnOf(part);
      columns.push(column);
      if (part.endsWith(" PRIMARY KEY")) key = [column.name];
    }
  }
  return { name, columns, key, indexes };
}

function columnOf(text: string): ColumnDefinition {
  const [, name, type, rest = ""] = COLUMN.exec(text) ?? [];
  if (name === undefined || type === undefined) throw new Error(`unknown column: ${text}`);
  const [, value] = / DEFAULT (\S+)/.exec(rest) ?? [];
  return {
    name,
    type,
    nullable: !rest.includes(" NOT NULL"),
    ...(value === undefined ? {} : { default: value }),
    computed: rest.includes(" AS ("),
  };
}

function indexOf(name: string, unique: boolean, text: string): IndexDefinition {
  const { inside, after } = betweenParentheses(text);
  const [, where] = /^ WHERE (.*)$/.exec(after) ?? [];
  const parts = splitAtCommas(inside).map(bare);
  return { name, unique, parts, ...(where === undefined ? {} : { where }) };
}

const bare = (name: string): string => name.replaceAll("`", "");
