import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("keeper-process.ts", import.meta.url));

/** What the keeper hears, one JSON text a line. */
export type KeeperNote =
  | { readonly folder: string; readonly pid?: never }
  | { readonly pid: number; readonly ended?: true };

let lines: Writable | undefined;

/**
 * Tells a process of its own what this one leaves behind. However this process ends, even by
 * SIGKILL, its pipe to the keeper closes, and the keeper ends the servers and removes the folders.
 */
export function tellKeeper(note: KeeperNote): void {
  lines ??= startKeeper();
  lines.write(`${JSON.stringify(note)}\n`);
}

function startKeeper(): Writable {
  const keeper = spawn(process.execPath, [PROGRAM], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  keeper.unref();
  Reflect.get(keeper.stdin, "unref")?.call(keeper.stdin);
  return keeper.stdin;
}
