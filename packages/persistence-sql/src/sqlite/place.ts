import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { EngineError, PersistenceUnavailableError } from "@pawl/kernel";
import { readOnly } from "./errors.ts";

const NETWORK = /^(nfs\d?|cifs|smb\w*|afs|ncpfs|9p|fuse\.sshfs)$/;
const MOUNTS = "/proc/mounts";

/**
 * The absolute path of a database file that may be opened for writing; its folder is created.
 * Throws E_UNSUPPORTED on a network file system, E_DATABASE_READ_ONLY without write permission.
 */
export function preparePlace(path: string): string {
  if (path === "" || path.startsWith("file:") || path !== path.trim()) {
    throw new EngineError(
      "E_ARGUMENT_INVALID",
      `path ${JSON.stringify(path)} names no database file: give a plain path like "./pawl.db"`,
    );
  }
  if (path === ":memory:") return path;
  const file = resolve(path);
  const folder = dirname(file);
  try {
    makeFolder(folder);
  } catch (cause) {
    throw isDenied(cause) ? readOnly(folder, cause) : notMade(folder, cause);
  }
  const mounts = existsSync(MOUNTS) ? readFileSync(MOUNTS, "utf8") : "";
  refuseNetwork(realpathSync(existsSync(file) ? file : folder), mounts);
  for (const place of existsSync(file) ? [file, folder] : [folder]) checkWritable(place);
  return file;
}

/**
 * Makes a folder and those above it, one by one: where nothing can be made, such as in `/proc`,
 * Node's own recursive call never returns.
 */
function makeFolder(folder: string): void {
  const above = dirname(folder);
  if (above !== folder && !existsSync(above)) makeFolder(above);
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function notMade(folder: string, cause: unknown): PersistenceUnavailableError {
  const { code } = cause as { code?: unknown };
  const why =
    code === "EEXIST" || code === "ENOTDIR"
      ? "a file is in the way; move it away, or choose another folder"
      : "nothing can be made there; choose another folder";
  return new PersistenceUnavailableError(`the folder ${folder} can't be made (${code}): ${why}`, {
    cause,
    details: { path: folder, systemCode: code },
  });
}

/** Throws E_UNSUPPORTED when `path` lies on a network file system, given the text of its mounts. */
export function refuseNetwork(path: string, mounts: string): void {
  const mount = mounts
    .split("\n")
    .map((line) => line.split(" "))
    .map(([, point = "", type = ""]) => ({ point: unescapeOctal(point), type }))
    .filter(({ point }) => point !== "" && isBelow(path, point))
    .reduce((deepest, one) => (one.point.length >= deepest.point.length ? one : deepest), {
      point: "",
      type: "",
    });
  if (!NETWORK.test(mount.type)) return;
  throw new EngineError(
    "E_UNSUPPORTED",
    `${path} lies on a network file system (${mount.type}), whose locks SQLite can't trust: ` +
      "use a local disk, or a database server",
    { details: { path, fileSystem: mount.type } },
  );
}

const isBelow = (path: string, point: string): boolean =>
  path === point || path.startsWith(point.endsWith("/") ? point : `${point}/`);

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );

function checkWritable(place: string): void {
  try {
    accessSync(place, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw readOnly(place, cause);
  }
}

const isDenied = (error: unknown): boolean =>
  ["EACCES", "EPERM", "EROFS"].includes(String((error as { code?: unknown }).code));
