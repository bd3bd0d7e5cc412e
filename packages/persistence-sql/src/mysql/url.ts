import { EngineError } from "@pawl/kernel";
import type { ConnectionConfig } from "mariadb";

/** A database as an URL names it. */
export interface DatabaseUrl {
  /** For messages: host, port and database, nothing else. */
  readonly place: string;
  readonly config: ConnectionConfig;
}

const PORT = 3306;

/** Throws E_CONFIG_INVALID, without showing a password, for what names no database. */
export function parseUrl(text: string): DatabaseUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "mariadb:" && url?.protocol !== "mysql:") {
    throw invalid("the url names no database", "mariadb://user:password@host:3306/database");
  }
  const database = decodeURIComponent(url.pathname.slice(1));
  const host = decodeURIComponent(url.hostname) || "localhost";
  const port = url.port === "" ? PORT : Number(url.port);
  const place = `database ${database} at ${host}:${port}`;
  if (database === "" || database.includes("/")) {
    throw invalid(`the url for ${host}:${port} names no database`, "/database after the port");
  }
  for (const name of url.searchParams.keys()) {
    if (name !== "ssl") throw invalid(`the url of ${place} has a parameter ${name}`, "a pool");
  }
  const ssl = url.searchParams.get("ssl");
  if (ssl !== null && ssl !== "true" && ssl !== "false") {
    throw invalid(`the url of ${place} has ssl=${ssl}`, "true or false");
  }
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    place,
    config: {
      host,
      port,
      database,
      ssl: ssl === "true",
      ...(user === "" ? {} : { user }),
      ...(password === "" ? {} : { password }),
    },
  };
}

const invalid = (what: string, instead: string): EngineError =>
  new EngineError("E_CONFIG_INVALID", `${what}: give ${instead}`);
