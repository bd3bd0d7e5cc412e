import type { Dirent } from "node:fs";
import { join } from "node:path";
import { type CollectLimits, type CollectNote, formatOf } from "./document.ts";
import { reasonOf } from "./errors.ts";
import type { Files } from "./files.ts";

export interface Walk {
  readonly files: Files;
  readonly limits: CollectLimits;
  readonly shown: (path: string) => string;
  readonly note: (note: CollectNote) => void;
}

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);

const isSkipped = (entry: Dirent): boolean =>
  entry.name.startsWith(".") || (entry.isDirectory() && entry.name === "node_modules");

/**
 * Absolute paths of the readable documents below a folder, in the order of their names. Hidden
 * entries and `node_modules` are passed over; symbolic links are noted and not followed, so a
 * circle of links can't trap the walk.
 */
export async function* walkFolder(walk: Walk, folder: string, depth = 1): AsyncGenerator<string> {
  if (depth > walk.limits.depthMax) {
    const path = walk.shown(folder);
    const message = `Folders nested deeper than ${walk.limits.depthMax} levels are left out.`;
    return walk.note({ kind: "tooDeep", path, message });
  }
  const entries = await entriesOf(walk, folder);
  for (const entry of entries.filter((each) => !isSkipped(each)).sort(byName)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walkFolder(walk, path, depth + 1);
    else if (entry.isFile() && formatOf(entry.name)) yield path;
    else if (entry.isSymbolicLink() && formatOf(entry.name)) {
      const message = "A symbolic link inside a folder is not followed; name it to include it.";
      walk.note({ kind: "symbolicLink", path: walk.shown(path), message });
    }
  }
}

async function entriesOf(walk: Walk, folder: string): Promise<readonly Dirent[]> {
  try {
    return await walk.files.readdir(folder, { withFileTypes: true });
  } catch (error) {
    const message = `This folder can't be read: ${reasonOf(error)}.`;
    walk.note({ kind: "unreadable", path: walk.shown(folder), message });
    return [];
  }
}
