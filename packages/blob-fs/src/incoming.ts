import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Files } from "./files.ts";

const HOST = hostname().replace(/[^A-Za-z0-9-]/g, "_") || "_";
const NAME = /^([\w-]+)\.(\d+)\.[0-9a-f-]{36}$/;

/** After this time a half-written file of a machine that can't be asked is taken for abandoned. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Names of files that are being written say who writes them: `host.pid.random`. */
export const incomingName = (): string => `${HOST}.${process.pid}.${randomUUID()}`;

/**
 * Removes what writers left behind that died in the middle of a put. A file whose writer may be
 * alive stays; should one be removed nevertheless, its `put` notices and writes again. Failing to
 * remove is no error: the file is invisible and the next opening tries again.
 */
export async function removeAbandoned(files: Files, folder: string): Promise<void> {
  for await (const { name } of await files.opendir(folder)) {
    const path = join(folder, name);
    try {
      const { mtimeMs } = await files.stat(path);
      if (isAbandoned(name, mtimeMs)) await files.rm(path, { force: true });
    } catch {
      // Gone, or not ours to remove.
    }
  }
}

function isAbandoned(name: string, writtenAt: number): boolean {
  const [, host, pid] = NAME.exec(name) ?? [];
  if (host === undefined) return false;
  const now = Date.now();
  if (now - writtenAt > ABANDONED_AFTER_MS) return true;
  if (host !== HOST) return false;
  // In a container every process may bear the same number as the one before it.
  if (Number(pid) === process.pid) return writtenAt < now - process.uptime() * 1_000;
  return !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
