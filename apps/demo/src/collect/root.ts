import { dirname, isAbsolute, relative, sep } from "node:path";

/** True when `path` is `folder` or lies below it. Both absolute. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** `from` when it holds all the folders, otherwise the nearest folder that does. */
export function rootOf(from: string, folders: readonly string[]): string {
  if (folders.every((folder) => isInside(from, folder))) return from;
  let root = folders[0] ?? from;
  while (!folders.every((folder) => isInside(root, folder)) && dirname(root) !== root) {
    root = dirname(root);
  }
  return root;
}

/** A path as it is shown: relative to the root, with forward slashes. */
export function shownPath(root: string, path: string): string {
  return relative(root, path).replaceAll(sep, "/") || ".";
}
