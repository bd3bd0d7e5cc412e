import { execFileSync } from "node:child_process";
import { readFileSync, statfsSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem, type } from "node:os";
import { DatabaseSync } from "node:sqlite";
import Database from "better-sqlite3";
import type { Engine } from "./engines/engine.ts";
import type { EngineFacts, Machine } from "./report/results.ts";

const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x01021994, "tmpfs: in memory, so that nothing is synchronised"],
  [0x794c7630, "overlayfs"],
]);
const SQLITE_VERSION = "SELECT sqlite_version() AS version";

/** What the figures depend on beside the code. */
export function machineFacts(loadBefore: number): Machine {
  const [processor] = cpus();
  return {
    processor: processor?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    fileSystem: fileSystemOf(tmpdir()),
    node: process.versions.node,
    sqlite: { "better-sqlite3": betterSqlite(), "node:sqlite": nodeSqlite() },
    load: [loadBefore, loadNow()],
  };
}

export const loadNow = (): number => loadavg()[0] ?? 0;

/** The commit of the tree, with a plus when the tree has changes. */
export function commitOf(directory: string): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: directory, encoding: "utf8" }).trim();
  try {
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") ? "+" : ""}`;
  } catch {
    return "unknown";
  }
}

export function engineFacts({ name, title, package: from, settings }: Engine): EngineFacts {
  const file = new URL(`../node_modules/${from}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
  return { name, title, package: from, version, settings };
}

function fileSystemOf(directory: string): string {
  const { type: magic } = statfsSync(directory);
  return FILE_SYSTEMS.get(magic) ?? `type 0x${magic.toString(16)}`;
}

function betterSqlite(): string {
  const database = new Database(":memory:");
  const version = String(database.prepare(SQLITE_VERSION).pluck().get());
  database.close();
  return version;
}

function nodeSqlite(): string {
  const database = new DatabaseSync(":memory:");
  const version = String(database.prepare(SQLITE_VERSION).get()?.version);
  database.close();
  return version;
}
