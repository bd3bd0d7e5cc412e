import Database from "better-sqlite3";

interface ColumnRow {
  readonly tbl: string;
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  readonly pk: number;
}

const COLUMNS = `SELECT t.name AS tbl, c.* FROM sqlite_master t, pragma_table_info(t.name) c
  WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`;

/** What a file has, a line for each column and index, sorted. */
export function sqliteCatalog(path: string): readonly string[] {
  const database = new Database(path, { readonly: true });
  const columns = (database.prepare(COLUMNS).all() as ColumnRow[]).map(
    ({ tbl, name, type, notnull, dflt_value, pk }) =>
      `${tbl}.${name} ${type}${notnull ? " NOT NULL" : ""} default ${dflt_value} key ${pk}`,
  );
  const indexes = database
    .prepare("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    .pluck()
    .all() as string[];
  database.close();
  return [...columns, ...indexes.map(plain)].sort();
}

/** Conditions are kept as they were written: spaces and quotes of names say nothing. */
const plain = (sql: string): string =>
  sql.replace(/"/g, "").replace(/\s+/g, " ").replace(/ ?\(/g, " (").replace(/, /g, ",");
