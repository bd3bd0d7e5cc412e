import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Providers by the name of their folder, and the word before the name of what is embedded. */
export const PROVIDERS = {
  sqlite: "SQLITE",
  postgresql: "POSTGRES",
  mysql: "MYSQL",
} as const;

export type Provider = keyof typeof PROVIDERS;

const FILES: Readonly<Record<Provider, string>> = {
  sqlite: "sqlite",
  postgresql: "postgres",
  mysql: "mysql",
};

const sourcesOf = (provider: Provider): URL =>
  new URL(`../../prisma/${provider}/migrations/`, import.meta.url);

/** The module that carries the migration files, so that no file is read where the engine runs. */
export const embedded = (provider: Provider): URL =>
  new URL(`src/migrations/${FILES[provider]}.generated.ts`, import.meta.url);

/** What the embedding module must say for the migration files as they are now. */
export function renderMigrations(provider: Provider): string {
  const sources = sourcesOf(provider);
  const folders = readdirSync(sources, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return [
    'import type { Migration } from "./migration.ts";',
    "",
    `/** Made by embed-migrations.ts from prisma/${provider}/migrations: edit those files. */`,
    `export const ${PROVIDERS[provider]}_MIGRATIONS: readonly Migration[] = [`,
    ...folders.map((folder) => renderMigration(sources, folder)),
    "];",
    "",
  ].join("\n");
}

function renderMigration(sources: URL, folder: string): string {
  const [number = "", name = ""] = folder.split(/_(.*)/);
  const file = new URL(`${folder}/migration.sql`, sources);
  const sql = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  const minCompatible = /^-- minCompatible: (\d+)$/m.exec(sql)?.[1];
  if (!/^\d{4}$/.test(number) || !minCompatible || /[\\$]/.test(sql)) {
    throw new Error(`${folder}: needs a name like 0002_what, a minCompatible line, no \\ or $`);
  }
  return [
    "  {",
    `    number: ${Number(number)},`,
    `    name: "${name}",`,
    `    minCompatible: ${minCompatible},`,
    `    checksum: "${createHash("sha256").update(sql).digest("hex")}",`,
    `    sql: \`${sql.replaceAll("`", "\\`")}\`,`,
    "  },",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const provider of Object.keys(PROVIDERS) as Provider[]) {
    writeFileSync(embedded(provider), renderMigrations(provider));
  }
}
