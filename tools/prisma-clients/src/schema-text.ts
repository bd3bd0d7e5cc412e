import { type ColumnSpec, columnKind, TABLES, type TableName } from "@pawl/kernel/ports";
import type { ColumnDefinition, IndexDefinition, TableDefinition } from "./migrated-tables.ts";
import type { Provider } from "./provider.ts";

/** Begins the line of an index that Prisma can say only with its preview feature partialIndexes. */
export const PARTIAL = "// partial: ";

const UNSAID: Readonly<Record<Provider, readonly string[]>> = {
  sqlite: ["CHECK constraints, WITHOUT ROWID, indexes on expressions"],
  postgresql: ["CHECK constraints, COLLATE, fillfactor, indexes on expressions"],
  mysql: ["CHECK constraints, collations, what computed columns are computed from"],
};

const TYPES: Readonly<Record<string, string>> = {
  TEXT: "String",
  LONGTEXT: "String",
  VARCHAR: "String",
  INTEGER: "Int",
  BIGINT: "BigInt",
  BOOLEAN: "Boolean",
};

/** A schema file for Prisma that says of these tables what Prisma can say, models only. */
export function schemaText(provider: Provider, tables: readonly TableDefinition[]): string {
  const models = tables.map((table) => modelText(provider, table));
  return [...header(provider), "", models.join("\n\n"), ""].join("\n");
}

const header = (provider: Provider): readonly string[] => [
  `// Pawl's tables as prisma/${provider}/migrations leave them, made by \`pnpm prisma:schemas\`.`,
  "//",
  "// Put this file beside your own schema to read the tables through Prisma's model API. Reading",
  "// only: what writes them is Pawl. `pawl migrate` makes and changes them, so name them external",
  "// in prisma.config.ts (`experimental.externalTables`, `tables.external`), or Prisma Migrate",
  "// takes them for its own. Where Pawl has a table prefix, put it into every `@@map` here.",
  "//",
  "// Times are milliseconds since 1970-01-01T00:00:00Z. No foreign keys, so no relations.",
  `// Prisma cannot say: ${UNSAID[provider].join("; ")}.`,
  ...(provider === "mysql"
    ? []
    : [`// Lines that begin with "${PARTIAL}" need the preview feature partialIndexes.`]),
];

function modelText(provider: Provider, table: TableDefinition): string {
  const fields = table.columns.map((column) => fieldText(provider, table, column));
  const key = table.key.length > 1 ? [`@@id([${table.key.map(camel).join(", ")}])`] : [];
  const indexes = table.indexes.map(indexText);
  return [
    `model ${modelName(table.name)} {`,
    ...aligned(fields).map((line) => `  ${line}`),
    "",
    ...[...key, ...indexes, `@@map("${table.name}")`].map((line) => `  ${line}`),
    "}",
  ].join("\n");
}

/** `PawlDeadLetter` of `dead_letters`: no name that a user's own schema is likely to have. */
const modelName = (table: string): string => {
  const name = camel(table).replace(/s$/, "");
  return `Pawl${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
};

function fieldText(
  provider: Provider,
  table: TableDefinition,
  column: ColumnDefinition,
): readonly string[] {
  const [, word = "", length] = /^(\w+)(\(\d+\))?$/.exec(column.type) ?? [];
  const type = TYPES[word];
  if (type === undefined) throw new Error(`no type for ${column.type} of ${table.name}`);
  const name = camel(column.name);
  // What is not of the kernel serves the database: a guard, or an index.
  const spec = specOf(table.name, name);
  const attributes = [
    table.key.length === 1 && table.key[0] === column.name && "@id",
    column.default !== undefined && `@default(${column.default})`,
    name !== column.name && `@map("${column.name}")`,
    provider === "mysql" && nativeType(word, length),
    spec === "unknown" && "@ignore",
  ];
  const said = attributes.filter((one) => one !== false && one !== undefined).join(" ");
  return [name, `${type}${column.nullable ? "?" : ""}`, said, spokenOf(spec)];
}

const NATIVE: Readonly<Record<string, string>> = {
  TEXT: "@db.Text",
  LONGTEXT: "@db.LongText",
  VARCHAR: "@db.VarChar",
};

const nativeType = (word: string, length = ""): string | undefined =>
  NATIVE[word] === undefined ? undefined : `${NATIVE[word]}${length}`;

function specOf(table: string, field: string): ColumnSpec | "own" | "unknown" {
  const name = camel(table);
  if (!Object.hasOwn(TABLES, name)) return "own";
  const columns: Readonly<Record<string, ColumnSpec>> = TABLES[name as TableName].columns;
  return columns[field] ?? "unknown";
}

function spokenOf(spec: ColumnSpec | "own" | "unknown"): string {
  if (spec === "own" || spec === "unknown") return "";
  const kind = columnKind(spec);
  if (kind === "json") return "/// JSON";
  return kind === "payload" ? "/// A value as Pawl's codec packs it" : "";
}

function indexText(index: IndexDefinition): string {
  const verb = index.unique ? "@@unique" : "@@index";
  const where = index.where === undefined ? "" : `, where: raw("${index.where}")`;
  const fields = index.parts.map(camel).join(", ");
  const text = `${verb}([${fields}], map: "${index.name}"${where})`;
  if (index.parts.some((part) => !/^\w+$/.test(part))) {
    const condition = index.where === undefined ? "" : ` WHERE ${index.where}`;
    return `// Prisma cannot say: ${index.name} (${index.parts.join(", ")})${condition}`;
  }
  return index.where === undefined ? text : `${PARTIAL}${text}`;
}

/** Fields with names and types in columns, as `prisma format` sets them. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const [names = 0, types = 0] = [0, 1].map((at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  return rows.map(([name = "", type = "", said = "", spoken = ""]) => {
    const field = `${name.padEnd(names)} ${said === "" ? type : `${type.padEnd(types)} ${said}`}`;
    return spoken === "" ? field : `${field} ${spoken}`;
  });
}

const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
