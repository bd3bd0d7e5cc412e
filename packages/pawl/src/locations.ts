import { join, resolve } from "node:path";
import { EngineError } from "@pawl/kernel";
import { type BlobPlace, blobPlace } from "./blob-place.ts";
import { filePath, schemeOf, unsupported } from "./place-url.ts";

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

const DIRECTORY = ".pawl";
const FILE = "pawl.db";

const SERVERS: Readonly<Record<string, "postgres" | "mysql">> = {
  postgres: "postgres",
  postgresql: "postgres",
  mysql: "mysql",
  mariadb: "mysql",
};

/**
 * What the program says, else the environment, else a file in `.pawl`.
 *
 * @throws EngineError E_UNSUPPORTED for what no adapter here serves, E_CONFIG_INVALID
 */
export const locate = (wanted: Wanted, env: Environment): DatabasePlace =>
  stated(wanted, env) ?? sqlite(join(wanted.directory ?? DIRECTORY, FILE));

/**
 * Blobs lie beside a database file, so that whoever opens it by the same path finds them. Beside a
 * server they lie where they are told to: every process must reach them.
 *
 * @throws EngineError E_UNSUPPORTED, E_CONFIG_INVALID
 */
export function locateBlobs(wanted: Wanted, env: Environment): BlobPlace {
  const said = blobPlace(env.PAWL_BLOB_URL);
  if (said?.kind === "s3") return said;
  const { directory } = wanted;
  const given = said?.path ?? (directory === undefined ? undefined : join(directory, "blobs"));
  return { kind: "folder", path: resolve(given ?? blobsBeside(stated(wanted, env) ?? DIRECTORY)) };
}

const stated = ({ databasePath }: Wanted, env: Environment): DatabasePlace | undefined =>
  databasePath ? sqlite(databasePath) : databaseOf(env);

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
      "PAWL_BLOB_URL to a folder that all of them share, such as file:/srv/pawl/blobs, a bucket, " +
      "s3://bucket/prefix?region=<region>, or to file:./.pawl/blobs when all are on this machine.",
    { details: { name: "PAWL_BLOB_URL" } },
  );
}

/**
 * The database that a command line or else the environment names, or the file of `pawl()`.
 *
 * @throws EngineError E_UNSUPPORTED, E_CONFIG_INVALID
 */
export function locateDatabase(given: string | undefined, env: Environment): DatabasePlace {
  const place = given === undefined ? databaseOf(env) : databaseAt("--database", given);
  return place ?? sqlite(join(DIRECTORY, FILE));
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
  const path = filePath(name, url) ?? (scheme === undefined ? url : undefined);
  if (path !== undefined) return sqlite(path);
  throw unsupported(
    name,
    url,
    "state is kept in SQLite, Postgres, MySQL or MariaDB. Give a file, such as " +
      "file:./.pawl/pawl.db, or a postgres:, mysql: or mariadb: URL",
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
