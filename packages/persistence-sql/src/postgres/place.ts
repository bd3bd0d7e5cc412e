import type { PostgresPool } from "./driver.ts";

/** Host, port and database as errors name them: never a user's password. */
export function placeOf(given: { readonly url: string } | { readonly pool: PostgresPool }): string {
  if ("url" in given) return placeOfUrl(given.url);
  const { host, port, database, user, connectionString } = given.pool.options;
  if (connectionString !== undefined) return placeOfUrl(connectionString);
  return named({ host, port: port === undefined ? "" : `${port}`, database: database ?? user });
}

function placeOfUrl(text: string): string {
  try {
    const url = new URL(text.replace("@/", "@localhost/"));
    const { searchParams: said } = url;
    return named({
      host: said.get("host") ?? decodeURIComponent(url.hostname),
      port: said.get("port") ?? url.port,
      database: decodeURIComponent(url.pathname.slice(1) || url.username),
    });
  } catch {
    return "the PostgreSQL server";
  }
}

interface Named {
  readonly host: string | undefined;
  readonly port: string;
  /** Without one the server takes the user's name for it. */
  readonly database: string | undefined;
}

function named({ host, port, database }: Named): string {
  const name = database ?? "";
  // Of a socket the host is the folder that it lies in, and the port a part of its name.
  if (host?.startsWith("/")) return `socket ${host}:${port || "5432"}, database ${name}`;
  return `${host || "localhost"}:${port || "5432"}${name && `/${name}`}`;
}
