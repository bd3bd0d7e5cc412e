import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError } from "@pawl/kernel";

/** Variables of the environment that say where state lives. */
export interface Environment {
  readonly PAWL_DATABASE_URL?: string | undefined;
  readonly DATABASE_URL?: string | undefined;
  readonly PAWL_QUEUE_URL?: string | undefined;
  readonly PAWL_BLOB_URL?: string | undefined;
}

export interface Wanted {
  readonly directory: string | undefined;
  readonly databasePath: string | undefined;
}

/** Where the state of an application lives, as absolute paths. */
export interface Locations {
  readonly databasePath: string;
  readonly blobDirectory: string;
}

const DIRECTORY = ".pawl";

/**
 * What the program says, else the environment, else `.pawl`. Blobs lie beside the database, so
 * that whoever opens it by the same path finds them.
 *
 * @throws EngineError E_UNSUPPORTED for anything but files, E_CONFIG_INVALID
 */
export function locate({ directory, databasePath }: Wanted, env: Environment): Locations {
  refuseQueue(env.PAWL_QUEUE_URL);
  const home = directory ?? DIRECTORY;
  const stated = databasePath ?? databaseOf(env);
  const path = resolve(stated ?? join(home, "pawl.db"));
  const beside = stated !== undefined && directory === undefined;
  const blobs = blobsOf(env) ?? (beside ? `${path}-blobs` : join(home, "blobs"));
  return { databasePath: path, blobDirectory: resolve(blobs) };
}

function databaseOf(env: Environment): string | undefined {
  const name = env.PAWL_DATABASE_URL ? "PAWL_DATABASE_URL" : "DATABASE_URL";
  const url = env[name];
  if (!url) return undefined;
  const path = pathOf(name, url) ?? (schemeOf(url) === undefined ? url : undefined);
  if (path !== undefined) return path;
  throw unsupported(
    name,
    schemeOf(url),
    "this version keeps its state in SQLite. Set PAWL_DATABASE_URL to a file, such as " +
      "file:./.pawl/pawl.db, or pass databasePath",
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
  const says = "this version has its queue inside the SQLite database. Unset it";
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

const shownScheme = (scheme: string | undefined): string =>
  scheme === undefined ? "no URL" : `a ${scheme}: URL`;

/** Names only the scheme: the rest of a URL may hold a password. */
const unsupported = (name: string, scheme: string | undefined, says: string): EngineError =>
  new EngineError("E_UNSUPPORTED", `${name} is ${shownScheme(scheme)}, but ${says}.`, {
    details: { name, scheme },
  });
