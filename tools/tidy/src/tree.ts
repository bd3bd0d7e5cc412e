import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A text file, its path relative to the root of the tree and with forward slashes. */
export interface TreeFile {
  readonly path: string;
  readonly text: string;
}

export type Tree = readonly TreeFile[];

export const REPOSITORY: string = fileURLToPath(new URL("../../..", import.meta.url));

const FIXTURES = "tools/tidy/tests/fixtures/";

/** The files git tracks or would track, fixtures of the fences left out. */
export function readRepository(): Tree {
  const listed = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: REPOSITORY,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  const paths = [...new Set(listed.split("\0"))].filter(
    (path) => path && !path.startsWith(FIXTURES),
  );
  return readFiles(REPOSITORY, paths);
}

/** Every file below a folder. */
export function readFolder(root: string): Tree {
  const found = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  return readFiles(
    root,
    files.map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/")),
  );
}

function readFiles(root: string, paths: readonly string[]): Tree {
  return paths
    .filter((path) => existsSync(join(root, path)) && statSync(join(root, path)).isFile())
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
    .filter((file) => !file.text.includes("\0"))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
