import { EngineError } from "@pawl/kernel";
import type { ConnectionConfig } from "mariadb";
import { readServerUrl } from "../server-url.ts";

/** A database as an URL names it. */
export interface DatabaseUrl {
  /** For messages: host, port and database, nothing else. */
  readonly place: string;
  readonly config: ConnectionConfig;
}

const PORT = 3306;

/**
 * Never shows a password.
 *
 * @throws EngineError E_ARGUMENT_INVALID for what names no database
 */
export function parseUrl(text: string): DatabaseUrl {
  if (!/^(mariadb|mysql):\/\//.test(text)) {
    throw invalid("the url names no server of MariaDB or MySQL", EXAMPLE);
  }
  const url = readServerUrl(text, EXAMPLE);
  const database = decoded(url.pathname.slice(1));
  const host = decoded(url.hostname) || "localhost";
  const port = url.port === "" ? PORT : Number(url.port);
  const place = `database ${database} at ${host}:${port}`;
  if (database === "" || database.includes("/")) {
    throw invalid(`the url for ${host}:${port} names no database`, "/database after the port");
  }
  const ssl = sslOf(url.searchParams, place);
  const user = decoded(url.username);
  const password = decoded(url.password);
  return {
    place,
    config: {
      host,
      port,
      database,
      ssl,
      ...(user === "" ? {} : { user }),
      ...(password === "" ? {} : { password }),
    },
  };
}

const EXAMPLE = "mariadb://user:password@host:3306/database";

function sslOf(parameters: URLSearchParams, place: string): boolean {
  for (const name of parameters.keys()) {
    const instead = /^(ssl|tls)/.test(name) ? "ssl=true" : "a pool";
    if (name !== "ssl") throw invalid(`the url of ${place} has a parameter ${name}`, instead);
  }
  const ssl = parameters.get("ssl");
  if (ssl === null || ssl === "true" || ssl === "false") return ssl === "true";
  throw invalid(`the url of ${place} has ssl=${ssl}`, "true or false");
}

/** A percent sign that begins no code stands for itself. */
const decoded = (part: string): string =>
  decodeURIComponent(part.replace(/%(?![0-9a-f]{2})/gi, "%25"));

const invalid = (what: string, instead: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `${what}: give ${instead}`, { details: { option: "url" } });
