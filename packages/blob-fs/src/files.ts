import * as fs from "node:fs/promises";
import { dirname } from "node:path";
import { systemCodeOf } from "./errors.ts";

/** What the store asks of the file system. */
export type Files = Pick<
  typeof fs,
  "mkdir" | "open" | "opendir" | "readFile" | "rename" | "rm" | "stat"
>;

export const NODE_FILES: Files = fs;

/** Resolves to `whenMissing` when the work finds a path missing. */
export async function unlessMissing<T, M>(work: Promise<T>, whenMissing: M): Promise<T | M> {
  try {
    return await work;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return whenMissing;
    throw error;
  }
}

/** Makes a folder unless it is there. Its parent must be. */
export async function makeFolder(files: Files, path: string): Promise<void> {
  try {
    await files.mkdir(path);
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  }
}

/**
 * Makes a folder with all above it so that a power loss does not take it away again. One by one:
 * where nothing can be made, such as in `/proc`, Node's own recursive call never returns.
 */
export async function makeFolderDurably(files: Files, path: string): Promise<void> {
  if (await unlessMissing(files.stat(path), undefined)) return;
  const above = dirname(path);
  if (above !== path) await makeFolderDurably(files, above);
  await makeFolder(files, path);
  await syncFolder(files, above);
}

/** Writes a new file down to the disk. */
export async function writeDurably(files: Files, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await files.open(path, "wx");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Brings the names in a folder down to the disk. Windows has no such call and needs none. */
export async function syncFolder(files: Files, path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await files.open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    if (systemCodeOf(error) !== "EINVAL") throw error;
  } finally {
    await handle.close();
  }
}
