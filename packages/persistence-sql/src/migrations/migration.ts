/** One step of a schema, as embedded from its file. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** The oldest schema whose programs still run on a database with this one. */
  readonly minCompatible: number;
  /** SHA-256 of `sql`, lower-case hex. */
  readonly checksum: string;
  /** Names of tables and indexes, and nothing else, stand in double quotes. */
  readonly sql: string;
}

/** The text to run where tables and indexes carry a prefix. */
export const prefixed = (sql: string, prefix: string): string =>
  sql.replace(/"([a-z_]+)"/g, `"${prefix}$1"`);

/** The statements of a migration, for databases that take them one by one. */
export const statementsOf = (sql: string): readonly string[] =>
  sql
    .replace(/^--.*$/gm, "")
    .split(/;\s*$/m)
    .map((text) => text.trim())
    .filter((text) => text !== "");

/** Names of the tables that a migration creates, without prefix. */
export const namesMade = (sql: string): readonly string[] =>
  [...sql.matchAll(/^CREATE TABLE (?:IF NOT EXISTS )?"([a-z0-9_]+)"/gm)].map(
    ([, name = ""]) => name,
  );
