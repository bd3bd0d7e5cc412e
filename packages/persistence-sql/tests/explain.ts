import Database from "better-sqlite3";
import { sqliteDialect } from "../src/dialects/sqlite.ts";
import { SQLITE_MIGRATIONS } from "../src/migrations/sqlite.generated.ts";
import { createSchema, type Schema } from "../src/statements/schema.ts";
import type { Statement } from "../src/statements/statement.ts";

export const schema: Schema = createSchema(sqliteDialect);

const database = new Database(":memory:");
for (const { sql } of SQLITE_MIGRATIONS) database.exec(sql);

export const planLines = ({ text, params }: Statement): readonly string[] =>
  (database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(params) as { detail: string }[]).map(
    ({ detail }) => detail,
  );

/** Steps that read a whole table or index; lists given as parameters may be read whole. */
export const scansOf = (statement: Statement): readonly string[] =>
  planLines(statement).filter(
    (line) =>
      /^SCAN /.test(line) &&
      !/^SCAN (\w VIRTUAL TABLE|(used|u|n|p|\(subquery-\d+\)|CONSTANT ROW)$)/.test(line),
  );

export const sortsOf = (statement: Statement): readonly string[] =>
  planLines(statement).filter((line) => line.includes("TEMP B-TREE FOR ORDER BY"));
