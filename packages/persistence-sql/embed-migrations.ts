import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SOURCES = new URL("../../prisma/sqlite/migrations/", import.meta.url);

/** The module that carries the migration files, so that no file is read where the engine runs. */
export const EMBEDDED: URL = new URL("src/migrations/sqlite.generated.ts", import.meta.url);

/** What the embedding module must say for the migration files as they are now. */
export function renderMigrations(): string {
  const folders = readdirSync(SOURCES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return [
    'import type { Migration } from "./migration.ts";',
    "",
    "/** Made by embed-migrations.ts from prisma/sqlite/migrations: edit those files. */",
    "export const SQLITE_MIGRATIONS: readonly Migration[] = [",
    ...folders.map(renderMigration),
    "];",
    "",
  ].join("\n");
}

function renderMigration(folder: string): string {
  const [number = "", name = ""] = folder.split(/_(.*)/);
  const file = new URL(`${folder}/migration.sql`, SOURCES);
  const sql = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  const minCompatible = /^-- minCompatible: (\d+)$/m.exec(sql)?.[1];
  if (!/^\d{4}$/.test(number) || !minCompatible || /[`\\$]/.test(sql)) {
    throw new Error(`${folder}: needs a name like 0002_what, a minCompatible line, no \` \\ $`);
  }
  return [
    "  {",
    `    number: ${Number(number)},`,
    `    name: "${name}",`,
    `    minCompatible: ${minCompatible},`,
    `    checksum: "${createHash("sha256").update(sql).digest("hex")}",`,
    `    sql: \`${sql}\`,`,
    "  },",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(EMBEDDED, renderMigrations());
