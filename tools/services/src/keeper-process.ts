import { readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as after } from "node:timers/promises";
import type { KeeperNote } from "./keeper.ts";

const PATIENCE_MS = 5_000;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

const pids = new Set<number>();
const folders = new Set<string>();
for await (const line of createInterface({ input: process.stdin })) {
  const note = JSON.parse(line) as KeeperNote;
  if (note.pid === undefined) folders.add(note.folder);
  else if (note.ended) pids.delete(note.pid);
  else pids.add(note.pid);
}
await Promise.all([...pids].map(end));
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

/** To PostgreSQL, SIGQUIT says to leave at once and to take its children along. */
async function end(pid: number): Promise<void> {
  signalTo(pid, "SIGCONT");
  signalTo(pid, "SIGQUIT");
  const deadline = Date.now() + PATIENCE_MS;
  while (isThere(pid) && Date.now() < deadline) await after(20);
  signalTo(pid, "SIGKILL");
}

/** What has ended and was not collected by its parent yet counts as gone. */
function isThere(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return process.platform !== "linux" && signalTo(pid, 0);
  }
}

function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
