import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError } from "@pawl/kernel";

/** Variables of the environment that say where state lives. */
export interface Environment {
  readonly PAWL_DATABASE_URL?: string | undefined;
  readonly DATABASE_URL?: string | undefined;
  readonly PAWL_QUEUE_URL?: string | undefined;
  readonly PAWL_BLOB_URL?: string | undefined;
  /** `auto` creates and changes the tables of a server when an app opens; unset, nothing does. */
  readonly PAWL_MIGRATE?: string | undefined;
}

export interface Wanted {
  readonly directory: string | undefined;
  readonly databasePath: string | undefined;
}

/** Files have absolute paths. */
export type DatabasePlace =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres" | "mysql"; readonly url: string };

/** Where the state of an application lives. */
export interface Locations {
  readonly database: DatabasePlace;
  readonly blobDirectory: string;
}

const DIRECTORY = ".pawl";
const FILE = "pawl.db";

const SERVERS: Readonly<Record<string, "postgres" | "mysql">> = {
  postgres: "postgres",
  postgresql: "postgres",
  mysql: "mysql",
  mariadb: "mysql",
};

/**
 * What the program says, else the environment, else `.pawl`. Blobs lie beside a database file, so
 * that whoever opens it by the same path finds them. Beside a server they lie where they are told
 * to: every process must reach them.
 *
 * @throws EngineError E_UNSUPPORTED for what no adapter here serves, E_CONFIG_INVALID
 */
export function locate({ directory, databasePath }: Wanted, env: Environment): Locations {
  refuseQueue(env.PAWL_QUEUE_URL);
  const home = directory ?? DIRECTORY;
  const stated = databasePath ? sqlite(databasePath) : databaseOf(env);
  const database = stated ?? sqlite(join(home, FILE));
  const given = blobsOf(env) ?? (directory === undefined ? undefined : join(directory, "blobs"));
  return { database, blobDirectory: resolve(given ?? blobsBeside(stated ?? home)) };
}

/**
 * Whether an app that opens a server creates and changes its tables.
 *
 * @throws EngineError E_CONFIG_INVALID
 */
export function migratesServer({ PAWL_MIGRATE: said }: Environment): boolean {
  if (said === undefined || said === "") return false;
  if (said === "auto") return true;
  throw new EngineError(
    "E_CONFIG_INVALID",
    `PAWL_MIGRATE is ${JSON.stringify(said)}: set it to auto, or leave it unset and run ` +
      '"pawl migrate" beforehand.',
    { details: { name: "PAWL_MIGRATE" } },
  );
}

const sqlite = (path: string): DatabasePlace => ({ kind: "sqlite", path: resolve(path) });

function blobsBeside(place: DatabasePlace | string): string {
  if (typeof place === "string") return join(place, "blobs");
  if (place.kind === "sqlite") return `${place.path}-blobs`;
  throw new EngineError(
    "E_CONFIG_INVALID",
    "A database server keeps no large payloads, and every process must reach them: set " +
      "PAWL_BLOB_URL to a folder that all of them share, such as file:/srv/pawl/blobs, or to " +
      "file:./.pawl/blobs when all run on this machine.",
    { details: { name: "PAWL_BLOB_URL" } },
  );
}

/**
 * The database that a command line or else the environment names, or the file of `pawl()`.
 *
 * @throws EngineError E_UNSUPPORTED, E_CONFIG_INVALID
 */
export function locateDatabase(given: string | undefined, env: Environment): DatabasePlace {
  const stated = given === undefined ? databaseOf(env) : databaseAt("--database", given);
  return stated ?? sqlite(join(DIRECTORY, FILE));
}

function databaseOf(env: Environment): DatabasePlace | undefined {
  const name = env.PAWL_DATABASE_URL ? "PAWL_DATABASE_URL" : "DATABASE_URL";
  const url = env[name];
  return url ? databaseAt(name, url) : undefined;
}

/** `name` says in errors where the URL came from. */
function databaseAt(name: string, url: string): DatabasePlace {
  const scheme = schemeOf(url);
  const server = SERVERS[scheme ?? ""];
  if (server) return { kind: server, url };
  if (/^[\w-]+$/.test(url)) throw bareWord(name, url);
  const path = pathOf(name, url) ?? (scheme === undefined ? url : undefined);
  if (path !== undefined) return sqlite(path);
  throw unsupported(
    name,
    scheme,
    "state is kept in SQLite, Postgres, MySQL or MariaDB. Give a file, such as " +
      "file:./.pawl/pawl.db, or a postgres:, mysql: or mariadb: URL",
  );
}

function blobsOf(env: Environment): string | undefined {
  const url = env.PAWL_BLOB_URL;
  if (!url) return undefined;
  const path = pathOf("PAWL_BLOB_URL", url);
  if (path !== undefined) return path;
  const says = "this version keeps blobs in files. Give a folder, such as file:./.pawl/blobs";
  throw unsupported("PAWL_BLOB_URL", schemeOf(url), says);
}

function refuseQueue(url: string | undefined): void {
  if (!url) return;
  const says = "this version has its queue inside the database. Unset it";
  throw unsupported("PAWL_QUEUE_URL", schemeOf(url), says);
}

/** Path of a `file:` URL, absolute or relative to the working directory, its query left out. */
function pathOf(name: string, url: string): string | undefined {
  if (schemeOf(url) !== "file") return undefined;
  const [bare = ""] = url.split("?");
  if (!bare.startsWith("file://")) return bare.slice("file:".length) || invalid(name, url);
  try {
    return fileURLToPath(bare);
  } catch (cause) {
    return invalid(name, url, cause);
  }
}

/** Lower-case scheme of a URL; a letter before a colon is a drive. */
const schemeOf = (url: string): string | undefined =>
  /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();

function invalid(name: string, url: string, cause?: unknown): never {
  throw new EngineError(
    "E_CONFIG_INVALID",
    `${name} is ${JSON.stringify(url)}, which names no file: write file:./relative/path or ` +
      "file:///absolute/path.",
    { details: { name }, cause },
  );
}

/** More likely the name of a database than that of a file. */
const bareWord = (name: string, word: string): EngineError =>
  new EngineError(
    "E_CONFIG_INVALID",
    `${name} is ${JSON.stringify(word)}, neither a URL nor a path: for a file write ./${word} or ` +
      `file:./${word}, for a database of a server postgres://user:password@host:5432/${word}.`,
    { details: { name } },
  );

function shownScheme(scheme: string | undefined): string {
  if (scheme === undefined) return "no URL";
  return `${/^[aeiou]/.test(scheme) ? "an" : "a"} ${scheme}: URL`;
}

/** Names only the scheme: the rest of a URL may hold a password. */
const unsupported = (name: string, scheme: string | undefined, says: string): EngineError =>
  new EngineError("E_UNSUPPORTED", `${name} is ${shownScheme(scheme)}, but ${says}.`, {
    details: { name, scheme },
  });
