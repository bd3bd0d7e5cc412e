import type { PostgresPool } from "./driver.ts";

/** Host, port and database as errors name them: never a user's password. */
export function placeOf(given: { readonly url: string } | { readonly pool: PostgresPool }): string {
  if ("url" in given) return placeOfUrl(given.url);
  const { host, port, database, connectionString } = given.pool.options;
  if (connectionString !== undefined) return placeOfUrl(connectionString);
  return named(host, port === undefined ? "" : `${port}`, database);
}

function placeOfUrl(text: string): string {
  try {
    const url = new URL(text);
    return named(url.hostname, url.port, decodeURIComponent(url.pathname.slice(1)));
  } catch {
    return "the PostgreSQL server";
  }
}

const named = (
  host: string | undefined,
  port: string | undefined,
  database: string | undefined,
): string => `${host || "localhost"}:${port || "5432"}/${database ?? ""}`;
